import { AppError } from '../../errors.ts'
import { type Html, html, when } from '../../html/html.ts'
import { countedSince } from '../../statistics/read.ts'
import { exportStatistics, getStatistics, getTotals } from '../../statistics/statistics.ts'
import type { Console } from '../mount.ts'
import { exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { changes } from '../parts/figures.ts'
import { groupChart, timeChart } from '../parts/statistics-charts.ts'
import {
  apiQuery,
  type Filters,
  filtersOf,
  GROUPINGS,
  isTime,
  PATH,
  PRESETS,
  presetOf,
  toQuery,
} from '../parts/statistics-span.ts'
import { statisticsTable } from '../parts/statistics-table.ts'
import type { Member } from '../visit.ts'
import { problemBox } from './errors.ts'

const DAY_MS = 86_400_000

/** How verifications did, by time, destination, operator or channel: the numbers of `GET /v1/statistics`. */
export function statisticsPages(console: Console): void {
  console.page(PATH, 'read', async (member) => {
    const { t } = member
    const filters = filtersOf(member)
    const { body, error, asked } = await show(member, filters)
    return {
      title: t.nav.statistics,
      section: 'statistics',
      asked,
      status: error?.status ?? 200,
      body: html`<div class="head"><h1>${t.nav.statistics}</h1>${exportLink(member, `${PATH}.csv`, filters)}</div>
${filterForm(member, filters)}${problemBox(member, error)}${body}`,
    }
  })

  console.page(`${PATH}.csv`, 'read', async (member) => {
    const filters = filtersOf(member)
    const { days, ...query } = toQuery(filters)
    const view = await getStatistics(member.context, query)
    return sendCsv(member, `statistics-by-${query.group_by}`, exportStatistics(view))
  })
}

type Shown = { body: Html; error: AppError | null; asked: Record<string, string | undefined> | null }

async function show(member: Member, filters: Filters): Promise<Shown> {
  try {
    const { days, ...asked } = toQuery(filters)
    const now = Date.now()
    const counted = (await countedSince(member.context))?.getTime() ?? 0
    // Hours that the worker has not counted after an upgrade would have to be counted here, from their rows.
    const since = new Date(Math.min(counted, Number(asked.to ?? now)))
    const query = { ...asked, from: asked.from > since ? asked.from : since }
    const before = (time: Date | number) => new Date(Math.max(Number(time) - days * DAY_MS, counted))
    const [view, current, former] = await Promise.all([
      getStatistics(member.context, query),
      getTotals(member.context, query),
      getTotals(member.context, { from: before(asked.from), to: before(query.to ?? now) }),
    ])
    const { t } = member
    const chart = isTime(view.group_by) ? timeChart : groupChart
    return {
      error: null,
      asked: apiQuery(filters),
      body: html`<section aria-labelledby="totals"><h2 id="totals">${t.statistics.totals}</h2>
<p class="soft">${t.statistics.comparedTo(days)}</p>${changes(member, current, former, t.statistics.before)}</section>
<section aria-labelledby="chart"><h2 id="chart">${t.statistics.by[view.group_by]}</h2>
${when(asked.from < query.from, () => html`<p class="soft">${t.overview.incomplete}</p>`)}
${when(view.data.length > 0, () => chart(member, filters, view))}
${statisticsTable(member, filters, view)}</section>
<p class="soft">${t.statistics.notes}</p>`,
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error
    return { body: html``, error, asked: null }
  }
}

function filterForm({ t }: Member, filters: Filters): Html {
  const { from, to, group_by } = filters
  const presets = PRESETS.map((days) => ({ days, filters: presetOf(days, group_by) }))
  return html`<nav aria-label="${t.overview.span}" class="tabs">${presets.map(({ days, filters: own }) => {
    const mark = own.from === from && own.to === to ? html` aria-current="true"` : ''
    return html`<a href="${withQuery(PATH, own)}"${mark}>${t.statistics.presets[days]}</a>`
  })}</nav>
<form method="get" action="${PATH}" class="filters">
<div class="field"><label for="from">${t.list.from}</label><input id="from" name="from" type="date" value="${from}"></div>
<div class="field"><label for="to">${t.list.to}</label><input id="to" name="to" type="date" value="${to}"></div>
<div class="field"><label for="group_by">${t.statistics.groupBy}</label><select id="group_by" name="group_by">
${GROUPINGS.map((name) => html`<option value="${name}"${name === group_by ? html` selected` : ''}>${t.statistics.groups[name]}</option>`)}</select></div>
<button>${t.money.show}</button></form>`
}
