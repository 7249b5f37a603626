import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Block, ROOT } from './blocks.ts'

/** Where a language other than the shell can run: the command, and whether this machine has what it needs. */
const RUNTIMES: Record<string, { command: string; file: string; needs: [string, ...string[]] }> = {
  ts: { command: `'${process.execPath}'`, file: 'block.ts', needs: [process.execPath, '--version'] },
  python: { command: 'python3', file: 'block.py', needs: ['python3', '-c', 'import jwt, cryptography'] },
  php: { command: 'php', file: 'block.php', needs: ['php', '-r', 'sodium_crypto_sign_keypair();'] },
  go: { command: 'go run', file: 'block.go', needs: ['go', 'version'] },
}

/** Why a block is not run; null if it is. Configuration files and answers are no blocks to run: undefined. */
export function whyNotRun({ language, notRun }: Block): string | null | undefined {
  if (notRun !== null) return notRun
  if (language === 'sh') return null
  const runtime = RUNTIMES[language]
  if (!runtime) return undefined
  const [program, ...args] = runtime.needs
  return spawnSync(program, args).status === 0 ? null : `this machine lacks: ${runtime.needs.join(' ')}`
}

export type Ran = { block: Block; output: string; problems: string[] }

/**
 * Runs blocks in one bash, in order, until a command fails. Resolves to what each printed, with the codes of the
 * problem documents in it. `failed`: the command that failed, and null if all went well.
 */
export async function runInOneShell(
  blocks: readonly Block[],
  { env, folder }: { env: Record<string, string>; folder: string },
): Promise<{ ran: Ran[]; failed: string | null }> {
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const script = join(folder, 'script.sh')
  const output = join(folder, 'output')
  const parts = blocks.map((block, i) => `echo; echo '@@ ${i}'\n${asShell(block, join(folder, `${i}`))}`)
  writeFileSync(script, [`set -eE; trap 'echo; echo "@@ failed: $BASH_COMMAND"' ERR`, ...parts].join('\n'))
  // Through a pipe: `tee /dev/stderr` cannot open a socket, and would empty a file.
  const all = spawn(
    'bash',
    ['-c', '{ bash "$0" 2>&1; code=$?; echo; echo "@@ exit $code"; } | cat > "$1"', script, output],
    {
      cwd: ROOT,
      env,
      stdio: 'ignore',
    },
  )
  await new Promise((resolve) => all.once('close', resolve))
  const [, ...printed] = readFileSync(output, 'utf8').split(/^@@ (?=\d)/m)
  const ran = printed.flatMap((text, i) => {
    const block = blocks[i]
    const output = text
      .slice(text.indexOf('\n'))
      .replace(/^@@ exit \d+$/m, '')
      .trim()
    return block ? [{ block, output, problems: problemsIn(text) }] : []
  })
  const last = printed.at(-1) ?? ''
  const failed = /^@@ exit 0$/m.test(last) ? null : last
  return { ran, failed }
}

const problemsIn = (text: string) =>
  [...text.matchAll(/"type":"[^"]*\/docs\/errors\/([a-z_]+)"/g)].map(([, code = '']) => code).sort()

/** A block as lines of the shell. Code that checks a proof is also tried with a forged one and a foreign one. */
function asShell({ language, text }: Block, path: string): string {
  const runtime = RUNTIMES[language]
  if (!runtime) return text
  const file = `${path}-${runtime.file}`
  writeFileSync(file, text)
  const run = `${runtime.command} '${file}'`
  if (!text.includes('PROOF')) return run
  const accepts = (changed: string) =>
    `if ${changed} ${run} >/dev/null 2>&1; then echo 'It accepted another proof.'; false; fi`
  return [
    run,
    accepts(`PROOF=$(printf %s "$PROOF" | sed 's/....$/AAAA/')`),
    accepts('TENANT=ten_another'),
  ].join('\n')
}
