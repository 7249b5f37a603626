import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

let built: string | undefined

/** A folder in which a program can import `ringproof` as it is published. Built once; removed with the process. */
export function buildSdk(): string {
  if (built) return built
  const folder = mkdtempSync(join(tmpdir(), 'ringproof-sdk-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const target = join(folder, 'node_modules/ringproof')
  mkdirSync(target, { recursive: true })
  const { status, stdout } = spawnSync('tsc', ['-p', 'sdk/typescript', '--outDir', join(target, 'dist')], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stdout)
  cpSync('sdk/typescript/package.json', join(target, 'package.json'))
  built = folder
  return folder
}

/** The Node of these tests, and a version 20 or 22 where the machine has one: names and paths. */
export function systemNodes(): [name: string, path: string][] {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  const older = places.filter(existsSync).flatMap((path): [string, string][] => {
    const { stdout = '' } = spawnSync(path, ['--version'], { encoding: 'utf8' })
    return /^v2[02]\./.test(stdout) ? [[`Node ${stdout.trim()}`, path]] : []
  })
  return [[`Node ${process.version}`, process.execPath], ...older.slice(0, 1)]
}
