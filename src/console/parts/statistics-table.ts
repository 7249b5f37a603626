import { type Html, html } from '../../html/html.ts'
import type { StatisticsQuery, StatisticsRow, StatisticsView } from '../../statistics/schemas.ts'
import { FEEDBACK } from '../../values/feedback.ts'
import type { Visit } from '../visit.ts'
import { type Column, table } from './table.ts'
import { verificationsOf } from './verifications-link.ts'

/** Larger results are complete in the CSV file only. */
export const SHOWN_MAX = 400

type Days = { from: string; to: string }

/** Every number of the API by group, each group linked to its verifications: the newest times, or the largest groups. */
export function statisticsTable(visit: Visit, span: Days, { group_by, data }: StatisticsView): Html {
  const { t, format } = visit
  const isTime = group_by === 'hour' || group_by === 'day'
  const rows = isTime ? data.slice(-SHOWN_MAX).reverse() : data.slice(0, SHOWN_MAX)
  const number = (title: string): Column => ({ title, numeric: true })
  const columns = [
    { title: t.statistics.groups[group_by] },
    number(t.overview.starts),
    number(t.overview.delivered),
    number(t.overview.approved),
    number(t.statistics.conversion),
    number(t.statistics.clientChecked),
    number(t.overview.denied),
    number(t.statistics.failed),
    number(t.overview.timeToDeliver),
    number(t.statistics.slowToDeliver),
    number(t.overview.timeToApprove),
    number(t.statistics.slowToApprove),
    number(t.statistics.cost),
    number(t.statistics.costPerApproved),
    number(t.statistics.price),
    ...FEEDBACK.map((reason) => number(t.statistics.feedback[reason])),
  ]
  const cells = (row: StatisticsRow) => [
    html`<a class="${isTime ? 'nowrap' : ''}" href="${verificationsOf(span, group_by, row.key)}">${groupName(visit, group_by, row.key)}</a>`,
    ...valuesOf(visit, row).map((value) => html`${value}`),
  ]
  const hidden = data.length - rows.length
  return html`${table(t.nav.statistics, columns, rows.map(cells), html`<p>${t.statistics.none}</p>`)}
${hidden > 0 ? html`<p class="soft">${t.statistics.more(format.number(hidden))}</p>` : ''}`
}

function valuesOf({ t, format }: Visit, row: StatisticsRow): string[] {
  const time = (seconds: number | null) => format.duration(seconds, t.units)
  const conversion = row.conversion_percent === null ? '–' : format.percent(row.conversion_percent / 100)
  const counts = [row.client_checked, row.denied, row.failed]
  return [
    ...[row.started, row.delivered, row.approved].map(format.number),
    conversion,
    ...counts.map(format.number),
    time(row.seconds_to_deliver.p50),
    time(row.seconds_to_deliver.p95),
    time(row.seconds_to_approve.p50),
    time(row.seconds_to_approve.p95),
    [row.cost, ...row.other_costs].map(format.money).join(' + '),
    format.average(row.cost_per_approved),
    format.money(row.price),
    ...FEEDBACK.map((reason) => format.number(row.feedback[reason])),
  ]
}

/** What a group is called. */
export function groupName(
  { t, format }: Visit,
  groupBy: StatisticsQuery['group_by'],
  key: StatisticsRow['key'],
): string {
  if (key === null) return t.statistics.unknown[groupBy as 'country'] ?? '–'
  switch (groupBy) {
    case 'hour':
      return format.dayAndHour(key)
    case 'day':
      return format.date(key)
    case 'country':
      return format.country(key)
    case 'channel':
      return (t.channels as Record<string, string>)[key] ?? key
    case 'prefix':
      return key === 'erased' ? t.statistics.erased : key
    case 'carrier':
    case 'provider':
      return key
  }
}
