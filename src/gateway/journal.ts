import { closeSync, fdatasync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { JournalCall, JournalRow } from './journal-rows.ts'
import { pruneSegments, readSegments, type Span, segmentOf } from './journal-segments.ts'

const sync = promisify(fdatasync)

/**
 * What was sent, before it was sent, and how it ended: one file an hour of one JSON text a line. Nothing is
 * ever changed in a file under 24 hours old. Only its owner can read it: it holds phones and calling numbers.
 */
export type Journal = {
  /** Resolves once the line survives a power cut. Lines that arrive meanwhile share the next sync. */
  record(row: JournalRow): Promise<void>
  /** Survives the end of this process, and a power cut once a later line was recorded. */
  note(row: JournalRow): void
  /** The calls that began in a span, oldest first. */
  read(span: Span): Promise<JournalCall[]>
  /** Drops calling numbers after 24 hours, and everything after eight days. */
  prune(now: number): Promise<void>
  close(): Promise<void>
}

type Waiting = { resolve(): void; reject(error: unknown): void }

/**
 * Opens the journal in a folder of its own. Throws if the folder is not writable. `failed`: hears of lines that
 * could not be written.
 */
export function openJournal(folder: string, failed: (error: Error) => void): Journal {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  let open: { name: string; file: number } | null = null
  let waiting: Waiting[] = []
  let syncing: Promise<void> | null = null

  function fileFor(at: number): number {
    const name = segmentOf(at)
    // Clocks may step back: lines stay in order of arrival.
    if (open && name <= open.name) return open.file
    if (open) {
      const { file } = open
      fsyncSync(file)
      // A sync of it may be under way.
      void (syncing ?? Promise.resolve()).then(() => closeSync(file))
    }
    const file = openSync(join(folder, name), 'a', 0o600)
    // A torn line ends here, so that it spoils only itself.
    writeSync(file, '\n')
    syncFolder(folder)
    open = { name, file }
    return file
  }

  const write = (row: JournalRow): number => {
    const file = fileFor(row.at)
    writeSync(file, `${JSON.stringify(row)}\n`)
    return file
  }

  async function syncAll(): Promise<void> {
    while (waiting.length > 0 && open) {
      const group = waiting
      waiting = []
      try {
        await sync(open.file)
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    syncing = null
  }

  return {
    record(row) {
      return new Promise((resolve, reject) => {
        try {
          write(row)
        } catch (error) {
          return reject(error)
        }
        waiting.push({ resolve, reject })
        syncing ??= syncAll()
      })
    },
    note(row) {
      try {
        write(row)
      } catch (error) {
        failed(error as Error)
      }
    },
    read: (span) => readSegments(folder, span),
    prune: (now) => pruneSegments(folder, now),
    async close() {
      await syncing
      if (open) closeSync(open.file)
      open = null
    },
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
