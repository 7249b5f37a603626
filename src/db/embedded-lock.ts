import { DatabaseSync } from 'node:sqlite'

/**
 * Holds `path` for this process alone, or returns `null` when another still holds it after `patienceMs`. The kernel lets go when
 * the process ends, however it ends: there is no stale lock and no race between two that find one.
 * SQLite, because Node has no file locks of its own.
 */
export function holdLock(path: string, { patienceMs = 0 } = {}): { release(): void } | null {
  const database = new DatabaseSync(path, { timeout: patienceMs })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isBusy(error)) return null
    throw error
  }
  return { release: () => database.close() }
}

const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return error instanceof Error && (error as { errcode?: number }).errcode === SQLITE_BUSY
}
