import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigError } from '../process/config.ts'
import { holdLock } from '../process/lock.ts'
import { writeAtomically } from '../process/write-atomically.ts'
import { endLeftovers, type Identity, identify } from './leftovers.ts'

export type DataDir = {
  path: string
  /** Records a child, so that the next start finds it if this one is killed. */
  note(name: string, pid: number): void
  release(): void
}

/**
 * Takes the folder for this process alone. Throws `ConfigError` if another instance has it, or it is not
 * writable.
 */
export async function openDataDir(wanted: string): Promise<DataDir> {
  const path = makeFolder(resolve(wanted))
  const holder = join(path, 'holder')
  const lock = holdLock(join(path, 'lock'))
  if (!lock) {
    const text = existsSync(holder) ? readFileSync(holder, 'utf8').trim() : ''
    const pid = /^\d+$/.test(text) ? ` (process ${text})` : ''
    throw new ConfigError(
      `DATA_DIR: ${path} is in use by another instance${pid}; stop it, or set another DATA_DIR`,
    )
  }
  writeFileSync(holder, `${process.pid}\n`)
  const list = join(path, 'children.json')
  await endLeftovers(readChildren(list))
  const children: (Identity & { name: string })[] = []
  const save = () => writeFileSync(list, JSON.stringify(children))
  save()
  return {
    path,
    note(name, pid) {
      children.push({ name, ...identify(pid) })
      save()
    },
    release: () => lock.release(),
  }
}

function makeFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const real = realpathSync(path)
    writeFileSync(join(real, 'holder'), '', { flag: 'a' })
    return real
  } catch (error) {
    throw new ConfigError(`DATA_DIR: ${path} is not writable (${(error as NodeJS.ErrnoException).code})`)
  }
}

function readChildren(list: string): Identity[] {
  try {
    const children: unknown = JSON.parse(readFileSync(list, 'utf8'))
    return Array.isArray(children) ? children.filter((child) => Number.isInteger(child?.pid)) : []
  } catch {
    return []
  }
}

/**
 * The SECRET_KEY kept under DATA_DIR, generated at the first start. Throws `ConfigError` for a damaged key
 * that was in use.
 */
export function keepSecretKey(dataDir: string, { inUse }: { inUse: boolean }): string {
  const file = join(dataDir, 'secret_key')
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : null
  if (kept !== null && Buffer.from(kept, 'base64').length === 32) return kept
  if (kept !== null && inUse) {
    throw new ConfigError(
      `SECRET_KEY: ${file} does not hold 32 bytes in base64: restore it from your backup; ` +
        'without a backup, delete the file and enter the credentials of operators again',
    )
  }
  const key = randomBytes(32).toString('base64')
  writeAtomically(file, `${key}\n`)
  return key
}
