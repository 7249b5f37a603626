import { truncateSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/**
 * Holds `path` for this process alone, or returns `null` if another still holds it after `patienceMs`. The
 * kernel releases it when the process ends, however it ends: no lock goes stale, so no two processes race to
 * take one over. Uses SQLite, because Node has no file locks of its own.
 */
export function holdLock(path: string, { patienceMs = 0 } = {}): { release(): void } | null {
  const database = new DatabaseSync(path, { timeout: patienceMs })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    const { errcode } = error as { errcode?: number }
    if (errcode === SQLITE_BUSY) return null
    if (errcode !== SQLITE_NOTADB) throw error
    // A power cut tore the file. It holds no data, and emptied in place it stays the same file for processes
    // that have it open.
    truncateSync(path)
    return holdLock(path, { patienceMs })
  }
  return { release: () => database.close() }
}

const SQLITE_BUSY = 5
const SQLITE_NOTADB = 26
