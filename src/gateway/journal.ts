import { closeSync, fdatasync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Page, readPage, type Span } from './journal-pages.ts'
import type { JournalRow } from './journal-rows.ts'
import { HOUR_MS, pruneSegments, segmentOf } from './journal-segments.ts'

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
  read(span: Span): Promise<Page>
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
  /** Whether the last line may not be whole. */
  let isTorn = false
  let pruning: Promise<void> | null = null
  let waiting: Waiting[] = []
  let syncing: Promise<void> | null = null

  /** Clocks may step back, a little: lines stay in order, in the file of their hour or the next. */
  function fileFor(at: number): number {
    const name = segmentOf(at)
    if (open && (name === open.name || isNext(open.name, at))) return open.file
    const file = openSync(join(folder, name), 'a', 0o600)
    try {
      // A torn line ends here, so that it spoils only itself.
      writeWhole(file, '\n')
      syncFolder(folder)
      if (open) retire(open.file)
    } catch (error) {
      closeSync(file)
      throw error
    }
    open = { name, file }
    isTorn = false
    return file
  }

  function retire(file: number): void {
    fsyncSync(file)
    // A sync of it may be under way.
    void (syncing ?? Promise.resolve()).then(() => closeSync(file))
  }

  function write(row: JournalRow): void {
    const file = fileFor(row.at)
    const text = `${isTorn ? '\n' : ''}${JSON.stringify(row)}\n`
    isTorn = true
    writeWhole(file, text)
    isTorn = false
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
    read: (span) => readPage(folder, span),
    prune(now) {
      pruning ??= pruneSegments(folder, now).finally(() => {
        pruning = null
      })
      return pruning
    },
    async close() {
      await syncing
      await pruning?.catch(() => {})
      if (open) closeSync(open.file)
      open = null
    },
  }
}

/** Whether a file is that of the hour after a time. */
const isNext = (name: string, at: number) => name === segmentOf(at + HOUR_MS)

/** A full disk takes the beginning of a text without an error. */
function writeWhole(file: number, text: string): void {
  const data = Buffer.from(text)
  if (writeSync(file, data) < data.length) throw new Error('the disk is full')
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
