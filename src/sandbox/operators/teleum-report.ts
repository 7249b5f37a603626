import type { Calls, DialledCall } from '../calls.ts'
import { type Mood, odd, recordsAheadMs, told } from '../moods.ts'

/** What the simulated API can be like, besides the usual. */
export const TRAITS = [
  'late_rows',
  'growing_report',
  'busy_report',
  'oldest_first',
  'counts_of_page',
  'russian_words',
  'spaced_keys',
  'last_page_again',
  'empty_answers',
  'forwarded_row',
  'comma_balance',
] as const
export type Trait = (typeof TRAITS)[number]

const MOSCOW_MS = 3 * 3_600_000
const LATE_MS = { min: 30_000, max: 90_000 }
/** Rows of other lines that a busy report has, and that are added for each page that is read. */
const OTHERS = { busy: 1_000, growing: 7 }

const WORDS = {
  answered: ['ANSWERED', 'отвеченный'],
  busy: ['BUSY', 'занято'],
  no_answer: ['NO ANSWER', 'неотвеченный'],
  unreachable: ['FAILED', 'сбой'],
  no_such_number: ['FAILED', 'сбой'],
  unknown: ['CONGESTION', 'перегрузка'],
  delivered: ['', ''],
} as const

export type Row = Record<string, string>

type ReportOptions = {
  calls: Calls
  /** Milliseconds. */
  now: number
  /** How many pages of the report were read before. */
  pagesRead: number
  has(trait: Trait): boolean
  stands(mood: Mood): boolean
}

/** The rows of a month (`2026-11`, Moscow), newest first or oldest first. */
export function reportOf(dialled: readonly DialledCall[], month: string, options: ReportOptions): Row[] {
  const { calls, now, has, stands, pagesRead } = options
  const ended = dialled.filter((call) => {
    const lateMs = has('late_rows') ? LATE_MS.min + (call.id % (LATE_MS.max - LATE_MS.min)) : 0
    return calls.reported(call) !== null && now - call.at >= call.course.endsAfterMs + lateMs
  })
  const own = ended.map((call) => ({ at: call.at + recordsAheadMs(stands), row: rowOf(call, options) }))
  const count =
    (has('busy_report') ? OTHERS.busy : 0) + (has('growing_report') ? pagesRead * OTHERS.growing : 0)
  // Among the newest calls, and at the same time whenever the report is read: its rows keep their order.
  const othersFrom = (dialled.at(-1)?.at ?? now) - 8_000
  const others = Array.from({ length: count }, (_, i) => ({ at: othersFrom + i, row: foreignRow(i) }))
  const forwarded = (has('forwarded_row') ? own.slice(0, 1) : []).map(({ at, row }) => ({
    at: at + 1_000,
    row: { ...row, ...FORWARDED },
  }))
  const rows = [...own, ...others, ...forwarded]
    .filter(({ at }) => new Date(at + MOSCOW_MS).toISOString().startsWith(month))
    .toSorted((a, b) => (has('oldest_first') ? a.at - b.at : b.at - a.at))
    .map(({ at, row }): Row => ({ ...row, ...datesOf(at, stands) }))
  return told(stands, rows) as Row[]
}

function rowOf(call: DialledCall, { calls, has }: ReportOptions): Row {
  const end = calls.reported(call) ?? 'unknown'
  const seconds = end === 'answered' ? 105 : 0
  return {
    src: call.from.slice(1),
    dst: call.phone.slice(1),
    billsec: end === 'answered' ? '01:45' : '00:00',
    billsecu: String(seconds),
    disposition: WORDS[end][has('russian_words') ? 1 : 0],
    rdr: '',
  }
}

const foreignRow = (i: number): Row => ({
  src: '78123230000',
  dst: `7999${String(i).padStart(7, '0')}`,
  billsec: '00:10',
  billsecu: '10',
  disposition: 'ANSWERED',
  rdr: '',
})

const FORWARDED = { dst: '78129232182', rdr: 'Переадресация на: 78129232182' }

function datesOf(at: number, stands: (mood: Mood) => boolean): Row {
  const written = new Date(at + MOSCOW_MS).toISOString().slice(0, 19).replace('T', ' ')
  const [year, month, day] = written.slice(0, 10).split('-')
  const strange = odd(stands, at)
  const calldate = strange ?? written
  return { calldate, calldatef: strange ?? `${day}.${month}.${year} ${written.slice(11)}` }
}

/** A page of a report. Beyond its end some servers repeat the last page. */
export function pageOf(rows: readonly Row[], start: number, limit: number, repeats: boolean): Row[] {
  const first = repeats && start >= rows.length ? Math.max(0, rows.length - limit) : start
  return rows.slice(first, first + limit)
}
