import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { COMPILE_CACHE } from './child.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export type Started = {
  pid: number
  url: string
  testKey: string
  stdout(): string
  stderr(): string
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>
  signal(signal: NodeJS.Signals): void
}

/**
 * Runs what `npm start` runs. Resolves once it is ready or has ended (then `url` is empty). `underShell`: the
 * process is a shell that waits for it and dies of a signal without passing it on.
 */
export async function startAll(
  dataDir: string,
  env: Record<string, string> = {},
  { underShell = false } = {},
): Promise<Started> {
  shareCompiled(dataDir)
  const shell = ['-c', '"$0" src/standalone.ts & wait', process.execPath]
  const [program, args] = underShell ? ['/bin/sh', shell] : [process.execPath, ['src/standalone.ts']]
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  running.add(child)
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
  }
  const ended = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => {
      running.delete(child)
      resolve(code ?? signal ?? 0)
    }),
  )
  const url = await new Promise<string>((resolve) => {
    child.on('message', (message: { url?: string }) => resolve(message.url ?? ''))
    child.once('close', () => resolve(''))
  })
  return {
    pid: child.pid ?? 0,
    url,
    testKey: /rp_test_[A-Za-z0-9]{32,}/.exec(texts.stdout)?.[0] ?? '',
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended,
    signal: (signal) => child.kill(signal),
  }
}

/** A new folder would have everything compiled anew. */
function shareCompiled(dataDir: string): void {
  const own = join(dataDir, 'compile-cache')
  if (existsSync(own)) return
  for (const folder of [dataDir, COMPILE_CACHE]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  symlinkSync(COMPILE_CACHE, own)
}

/** The children of the last start on this folder, by name. */
export function childPids(dataDir: string): Record<string, number> {
  const list = JSON.parse(readFileSync(join(dataDir, 'children.json'), 'utf8')) as {
    name: string
    pid: number
  }[]
  return Object.fromEntries(list.map(({ name, pid }) => [name, pid]))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie has ended, though it is not reaped yet.
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
