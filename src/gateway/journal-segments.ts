import { createWriteStream, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { linesOf } from './journal-lines.ts'
import { readRow, withoutNumber } from './journal-rows.ts'

export const HOUR_MS = 3_600_000
const NUMBERS_KEPT_MS = 24 * HOUR_MS
/** A day longer than reconciliation looks back. */
const KEPT_MS = 8 * 24 * HOUR_MS
const NAME = /^calls-(\d{4}-\d\d-\d\dT\d\d)(-pruned)?\.jsonl$/

/** The name of the file for a time in milliseconds; names sort by time. */
export const segmentOf = (at: number): string => `calls-${new Date(at).toISOString().slice(0, 13)}.jsonl`

const prunedName = (name: string): string => name.replace('.jsonl', '-pruned.jsonl')

/** The files of the hours from `from` to `to`, in milliseconds, oldest first. */
export function segmentsIn(folder: string, from: number, to: number): { path: string; hour: number }[] {
  return readdirSync(folder)
    .map((name) => ({ path: join(folder, name), hour: hourOf(name) ?? Number.NaN }))
    .filter(({ hour }) => hour > from - HOUR_MS && hour <= to)
    .sort((a, b) => a.hour - b.hour)
}

/** The hour that a file is about, in milliseconds; null for another file. */
function hourOf(name: string): number | null {
  const hour = NAME.exec(name)?.[1]
  return hour ? Date.parse(`${hour}:00:00Z`) : null
}

/** Removes calling numbers after 24 hours and files after eight days. */
export async function pruneSegments(folder: string, now: number): Promise<void> {
  for (const name of readdirSync(folder)) {
    const hour = hourOf(name)
    if (hour === null) continue
    const path = join(folder, name)
    if (hour + HOUR_MS < now - KEPT_MS) rmSync(path)
    else if (hour + HOUR_MS < now - NUMBERS_KEPT_MS && !name.includes('-pruned')) {
      await prune(path, join(folder, prunedName(name)))
    }
  }
}

/** After a crash at any step, it is done again. */
async function prune(path: string, kept: string): Promise<void> {
  const part = `${kept}.part`
  await pipeline(Readable.from(prunedLines(path)), createWriteStream(part, { mode: 0o600, flush: true }))
  renameSync(part, kept)
  rmSync(path)
}

async function* prunedLines(path: string): AsyncGenerator<string> {
  for await (const { text } of linesOf(path)) {
    const row = readRow(text)
    if (row) yield `${JSON.stringify(withoutNumber(row))}\n`
  }
}
