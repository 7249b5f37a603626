import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs promtool in a folder, with text on its standard input. */
export function promtool(
  args: readonly string[],
  { cwd, input = '' }: { cwd?: string; input?: string } = {},
) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd, input, encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}`.trim() }
}

/** Has promtool parse PromQL expressions: each becomes a recording rule. */
export function parseExpressions(expressions: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'expressions-'))
  const rules = expressions.map((expr, i) => ({ record: `expression:${i}`, expr }))
  // JSON is YAML.
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'all', rules }] }))
  const result = promtool(['check', 'rules', 'rules.yml'], { cwd: folder })
  rmSync(folder, { recursive: true })
  return result
}
