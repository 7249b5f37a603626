import { createReadStream, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { writeAtomically } from '../process/write-atomically.ts'
import { addRow, type JournalCall, type JournalRow, readRow, withoutNumber } from './journal-rows.ts'

const HOUR_MS = 3_600_000
/** A call ends within a minute or so; its lines reach at most into the next file. */
const NUMBERS_KEPT_MS = 24 * HOUR_MS
/** A day longer than reconciliation looks back. */
export const KEPT_MS = 8 * 24 * HOUR_MS
const NAME = /^calls-(\d{4}-\d\d-\d\dT\d\d)(-pruned)?\.jsonl$/

/** The name of the file for a time in milliseconds; names sort by time. */
export const segmentOf = (at: number): string => `calls-${new Date(at).toISOString().slice(0, 13)}.jsonl`

const prunedName = (name: string): string => name.replace('.jsonl', '-pruned.jsonl')

/** The hour that a file is about, in milliseconds; null for another file. */
function hourOf(name: string): number | null {
  const hour = NAME.exec(name)?.[1]
  return hour ? Date.parse(`${hour}:00:00Z`) : null
}

/** The calls that began from `from` until before `to`, oldest first. */
export async function readSegments(folder: string, from: number, to: number): Promise<JournalCall[]> {
  const calls = new Map<string, JournalCall>()
  const names = readdirSync(folder).filter((name) => {
    const hour = hourOf(name)
    return hour !== null && hour > from - 2 * HOUR_MS && hour < to + HOUR_MS
  })
  for (const name of names.sort()) for await (const row of rowsOf(join(folder, name))) addRow(calls, row)
  return [...calls.values()].filter(({ call }) => call.at >= from && call.at < to)
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
        for await (const row of rowsOf(path)) {
          lines.push(JSON.stringify(withoutNumber(row)))
        }
        writeAtomically(kept, `${lines.join('\n')}\n`)
      }
      rmSync(path)
    }
  }
}

async function* rowsOf(path: string): AsyncGenerator<JournalRow> {
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    const row = line === '' ? null : readRow(line)
    if (row) yield row
  }
}
