import { type Html, html, when } from '../../html/html.ts'
import type { StatisticsRow, StatisticsView } from '../../statistics/schemas.ts'
import type { Visit } from '../visit.ts'
import { type Bar, columnChart, legend, rowChart, tickPlaces } from './chart.ts'
import { groupName, SHOWN_MAX } from './statistics-table.ts'
import { verificationsOf } from './verifications-link.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ROWS_MAX = 20

type Days = { from: string; to: string }

/** Every hour or day of a span, the newest if there are very many. */
export function timeChart(visit: Visit, span: Days, view: StatisticsView): Html {
  const { format, t } = visit
  const isHours = view.group_by === 'hour'
  const step = isHours ? HOUR_MS : DAY_MS
  const end = Math.ceil(Date.parse(view.to) / step) * step
  const first = Math.max(Date.parse(view.from), end - SHOWN_MAX * step)
  const found = new Map(view.data.map((row) => [Date.parse(row.key ?? ''), row]))
  const times = Array.from({ length: Math.round((end - first) / step) }, (_, i) => first + i * step)
  const bars = times.map((at) => barOf(visit, span, view, found.get(at) ?? empty(at, isHours)))
  const isOneDay = span.from === span.to
  const nameAt = (i: number) => {
    const iso = new Date(times[i] ?? 0).toISOString()
    return isOneDay ? format.hour(iso) : format.day(iso)
  }
  const ticks = new Map(tickPlaces(bars.length).map((i) => [i, nameAt(i)]))
  return html`<div class="panel">${legend(visit)}${columnChart(visit, bars, ticks)}${clientChecked(visit, view)}</div>
${when(Date.parse(view.from) < first, () => html`<p class="soft">${t.statistics.newestTimes(format.number(SHOWN_MAX))}</p>`)}`
}

/** The largest groups, one below the other. */
export function groupChart(visit: Visit, span: Days, view: StatisticsView): Html {
  const shown = view.data.slice(0, ROWS_MAX)
  const bars = shown.map((row) => barOf(visit, span, view, row))
  return html`<div class="panel">${legend(visit)}${rowChart(visit, bars)}${clientChecked(visit, view)}</div>`
}

function clientChecked({ t, format }: Visit, { data }: StatisticsView): Html {
  const count = data.reduce((sum, { client_checked }) => sum + client_checked, 0)
  return when(
    count,
    (some) => html`<p class="soft">${t.statistics.clientCheckedNote(format.number(some))}</p>`,
  )
}

type Counts = Pick<StatisticsRow, 'key' | 'started' | 'delivered' | 'approved'>

function empty(at: number, isHours: boolean): Counts {
  const iso = new Date(at).toISOString()
  return { key: isHours ? `${iso.slice(0, 19)}Z` : iso.slice(0, 10), started: 0, delivered: 0, approved: 0 }
}

function barOf(visit: Visit, span: Days, { group_by }: StatisticsView, row: Counts): Bar {
  const { key, started, delivered, approved } = row
  const name = groupName(visit, group_by, key)
  return { name, href: verificationsOf(span, group_by, key), started, delivered, approved }
}
