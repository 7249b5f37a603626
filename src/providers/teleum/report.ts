import { say } from '../../words/text.ts'
import { RECORDS_LIMIT_BYTES } from '../http.ts'
import { ProviderFault } from '../provider.ts'
import { answeredAt } from '../records.ts'
import type { TeleumAccount } from './account.ts'
import { ask } from './request.ts'
import { type ReportRow, reportPage, reportRow, sameness, timeOf } from './wire.ts'

const PAGE_ROWS = 100
/** Rows are added while pages are read, so each page begins before the end of the last. */
const OVERLAP_ROWS = 10
/** About 450,000 calls a month. */
const PAGES_MAX = 5_000
/** How far the operator's clock, and the zone of its months, may be off. */
const MARGIN_MS = 15 * 60_000
const MOSCOW_MS = 3 * 3_600_000

export type Report = { rows: ReportRow[]; answeredAt: Date | null }
type Span = { from: Date; to: Date }

/** `reportCalls` for each month, in Moscow, that a span touches: at least its rows. Throws `ProviderFault`. */
export async function readReport(account: TeleumAccount, { from, to }: Span): Promise<Report> {
  const span = { from: new Date(from.getTime() - MARGIN_MS), to: new Date(to.getTime() + MARGIN_MS) }
  const report: Report = { rows: [], answeredAt: null }
  for (const month of monthsOf(span)) {
    const read = await readMonth(account, month, span)
    report.rows.push(...read.rows)
    report.answeredAt = read.answeredAt
  }
  return report
}

type Month = { y: string; m: string }

function monthsOf({ from, to }: Span): Month[] {
  const index = (at: Date) => {
    const moscow = new Date(at.getTime() + MOSCOW_MS)
    return moscow.getUTCFullYear() * 12 + moscow.getUTCMonth()
  }
  const [first, last] = [index(from), index(to)]
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    y: String(Math.floor((first + i) / 12)),
    m: String(((first + i) % 12) + 1),
  }))
}

async function readMonth(account: TeleumAccount, month: Month, span: Span): Promise<Report> {
  /** By what rows have in common, as many of them as one page had. */
  const kept = new Map<string, ReportRow[]>()
  let before = ''
  let start = 0
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const params = { ...month, start: String(start), limit: String(PAGE_ROWS) }
    const { value, answer } = await ask(account, 'reportCalls', params, { limitBytes: RECORDS_LIMIT_BYTES })
    const { data } = reportPage.safeParse(value)
    if (!data) throw new ProviderFault('bad_answer', say('note_incomplete', { missing: 'rows' }))
    const rows = data.calls.map((row) => reportRow.safeParse(row).data ?? reportRow.parse({}))
    for (const [key, same] of Map.groupBy(rows.filter(mayLieIn(span)), sameness)) {
      if (same.length > (kept.get(key)?.length ?? 0)) kept.set(key, same)
    }
    const written = JSON.stringify(data.calls)
    // Beyond the end some servers repeat the last page; `counts` is the number of all rows or of those on the page.
    const isLast = rows.length < PAGE_ROWS && (data.counts ?? 0) <= start + rows.length
    if (rows.length === 0 || isLast || written === before || isPast(rows, span)) {
      return { rows: [...kept.values()].flat(), answeredAt: answeredAt(answer) }
    }
    before = written
    start += Math.max(1, rows.length - OVERLAP_ROWS)
  }
  throw new ProviderFault('bad_answer', say('note_log_short'))
}

function mayLieIn({ from, to }: Span) {
  return (row: ReportRow) => {
    const at = timeOf(row)
    return at === null || (at >= from && at <= to)
  }
}

/** Whether all later pages are older than the span, if the newest rows come first. */
function isPast(rows: readonly ReportRow[], { from }: Span): boolean {
  const times = rows.flatMap((row) => timeOf(row)?.getTime() ?? [])
  const [first, last] = [times[0], times.at(-1)]
  return first !== undefined && last !== undefined && last < first && last < from.getTime()
}
