/**
 * Odd behaviour of an operator's polls and records, whatever the fault's prefix. `status_…`: polls get HTTP
 * 500 or a truncated answer. `clock_…`: the clock is 15 s behind or 40 s ahead, and so is the `Date` header.
 * `rows_…`: only the records' times are off, or each record occurs twice, or an unreadable one comes first.
 * `dates_…`: how records write times; by default as in the operator's document.
 */
export const MOODS = [
  'status_500',
  'status_garbage',
  'clock_behind',
  'clock_ahead',
  'rows_behind',
  'rows_ahead',
  'rows_twice',
  'rows_stray',
  'dates_dotted',
  'dates_utc',
  'dates_zoned',
  'dates_garbled',
] as const
export type Mood = (typeof MOODS)[number]

export const isMood = (mode: string): mode is Mood => (MOODS as readonly string[]).includes(mode)

type Stands = (mood: Mood) => boolean

const BEHIND_MS = -15_000
const AHEAD_MS = 40_000

/** How far the records' clock is ahead, in milliseconds. */
export function recordsAheadMs(stands: Stands): number {
  if (stands('clock_behind') || stands('rows_behind')) return BEHIND_MS
  return stands('clock_ahead') || stands('rows_ahead') ? AHEAD_MS : 0
}

/** The operator's `Date` header; null: the real time. `now`: milliseconds. */
export function dateHeader(stands: Stands, now: () => number): string | null {
  const aheadMs = stands('clock_behind') ? BEHIND_MS : stands('clock_ahead') ? AHEAD_MS : 0
  return aheadMs === 0 ? null : new Date(now() + aheadMs).toUTCString()
}

/** A time (milliseconds) as records write it; null: as in the operator's document. */
export function odd(stands: Stands, ms: number): string | null {
  const moscow = new Date(ms + 3 * 3_600_000).toISOString()
  const [year, month, day] = moscow.slice(0, 10).split('-')
  if (stands('dates_dotted')) return `${day}.${month}.${year} ${moscow.slice(11, 19)}`
  if (stands('dates_utc')) return new Date(ms).toISOString().slice(0, 19)
  if (stands('dates_zoned')) return `${moscow.slice(0, 19)}+03:00`
  return stands('dates_garbled') ? 'just now' : null
}

/** The records as the operator returns them. */
export function told<T extends object>(stands: Stands, records: T[]): Partial<T>[] {
  const rows = stands('rows_twice') ? records.flatMap((record) => [record, record]) : records
  return stands('rows_stray') ? [{}, ...rows] : rows
}
