import { createReadStream, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { writeAtomically } from '../process/write-atomically.ts'
import { addRow, type CallRow, type JournalCall, readRow, withoutNumber } from './journal-rows.ts'

const HOUR_MS = 3_600_000
/** A call ends within a minute or so; its lines reach at most into the next file. */
const NUMBERS_KEPT_MS = 24 * HOUR_MS
/** A day longer than reconciliation looks back. */
const KEPT_MS = 8 * 24 * HOUR_MS
const NAME = /^calls-(\d{4}-\d\d-\d\dT\d\d)(-pruned)?\.jsonl$/

/** The name of the file for a time in milliseconds; names sort by time. */
export const segmentOf = (at: number): string => `calls-${hourText(at)}.jsonl`

const hourText = (at: number): string => new Date(at).toISOString().slice(0, 13)

const prunedName = (name: string): string => name.replace('.jsonl', '-pruned.jsonl')

/** The hour that a file is about, in milliseconds; null for another file. */
function hourOf(name: string): number | null {
  const hour = NAME.exec(name)?.[1]
  return hour ? Date.parse(`${hour}:00:00Z`) : null
}

/** Where a page ended: its last call. */
export type Cursor = { at: number; id: string }

/** `from`, `to`: when the calls began, in milliseconds; `after`: the page before; `wants`: which calls. */
export type Span = {
  from: number
  to: number
  after?: Cursor | undefined
  limit?: number
  wants?: (call: CallRow) => boolean
}

/** The calls that began from `from` until before `to`, in the order in which they were written, at most `limit`. */
export async function readSegments(folder: string, span: Span): Promise<JournalCall[]> {
  const { from, to, after, limit = Number.POSITIVE_INFINITY, wants = () => true } = span
  const calls = new Map<string, JournalCall>()
  const isWanted = (call: CallRow) => calls.size < limit && call.at >= from && call.at < to && wants(call)
  const isComplete = () => calls.size === limit && [...calls.values()].every(({ end }) => end !== null)

  const begin = after ? Date.parse(`${hourText(after.at)}:00:00Z`) : from - 2 * HOUR_MS + 1
  const names = readdirSync(folder).filter((name) => {
    const hour = hourOf(name)
    return hour !== null && hour >= begin && hour < to + HOUR_MS
  })
  // Without the file of the page before, that page is older than what is kept.
  let passed = !after || !names.some((name) => hourOf(name) === begin)
  for (const name of names.sort()) {
    for await (const line of linesOf(join(folder, name))) {
      if (!passed && after && !line.includes(after.id)) continue
      const row = readRow(line)
      if (!row) continue
      if (!passed) passed = row.row === 'call' && row.id === after?.id
      else if (row.row !== 'call' || isWanted(row)) addRow(calls, row)
      if (row.row === 'end' && isComplete()) return [...calls.values()]
    }
  }
  return [...calls.values()]
}

/** Removes calling numbers after 24 hours and files after eight days. */
export async function pruneSegments(folder: string, now: number): Promise<void> {
  for (const name of readdirSync(folder)) {
    const hour = hourOf(name)
    if (hour === null) continue
    const path = join(folder, name)
    if (hour + HOUR_MS < now - KEPT_MS) rmSync(path)
    else if (hour + HOUR_MS < now - NUMBERS_KEPT_MS && !name.includes('-pruned')) {
      const kept = join(folder, prunedName(name))
      // After a crash between the two steps the pruned file is whole.
      if (!existsSync(kept)) {
        const lines: string[] = []
        for await (const line of linesOf(path)) {
          const row = readRow(line)
          if (row) lines.push(JSON.stringify(withoutNumber(row)))
        }
        writeAtomically(kept, `${lines.join('\n')}\n`)
      }
      rmSync(path)
    }
  }
}

const linesOf = (path: string) => createInterface({ input: createReadStream(path, 'utf8') })
