import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { findConcerns } from '../../overview/attention.ts'
import { compareDays } from '../../overview/days.ts'
import { denialsByRule } from '../../overview/denials.ts'
import { type Bucket, countOverTime } from '../../overview/hours.ts'
import { countRecent } from '../../overview/recent.ts'
import { sendNews } from '../live.ts'
import type { Console } from '../mount.ts'
import { columnChart, legend, tickPlaces } from '../parts/chart.ts'
import { csvOf, exportLink, sendCsv, withQuery } from '../parts/export.ts'
import { changes, funnel } from '../parts/figures.ts'
import { firstRunAndConcerns } from '../parts/first-run.ts'
import { recentBox, recentPulse } from '../parts/recent.ts'
import { PATH as STATISTICS } from '../parts/statistics-span.ts'
import { table } from '../parts/table.ts'
import { verificationsOf } from '../parts/verifications-link.ts'
import { redirect } from '../response.ts'
import type { Member } from '../visit.ts'

const FILE = csvTable({
  from: 'plain',
  started: 'plain',
  delivered: 'plain',
  approved: 'plain',
  denied: 'plain',
})

/** What needs attention, today compared with yesterday, and the course of a day or a month. */
export function overviewPage(console: Console): void {
  console.page('/console', 'read', async (member) => {
    const { t, context } = member
    const span = spanOf(member)
    const days = await compareDays(context)
    const [series, denials, attention, recent] = await Promise.all([
      countOverTime(context, span),
      denialsByRule(context, days),
      findConcerns(context).then((concerns) => firstRunAndConcerns(member, concerns)),
      countRecent(context),
    ])
    const isNew =
      series.buckets.every(({ started, denied }) => started + denied === 0) && days.yesterday.started === 0
    return {
      title: t.nav.overview,
      section: 'overview',
      asked: { group_by: span === 'hours' ? 'hour' : 'day', from: series.buckets[0]?.at.toISOString() },
      scripts: ['live.js'],
      body: html`<h1>${t.nav.overview}</h1>
${attention}
${when(isNew, () => welcome(member))}
${recentBox(member, recent)}
<section aria-labelledby="today"><h2 id="today">${t.overview.today}</h2>
<p class="soft">${t.overview.comparedTo}</p>
${changes(member, days.today, days.yesterday, t.overview.yesterday)}</section>
${chart(member, span, series)}
<section aria-labelledby="funnel"><h2 id="funnel">${t.overview.funnel}</h2>${funnel(member, days.today)}</section>
<section aria-labelledby="denials"><h2 id="denials">${t.overview.denials}</h2>${table(
        t.overview.denials,
        [{ title: t.overview.rule }, { title: t.overview.count, numeric: true }],
        denials.map(({ rule, count }) => [
          html`${(t.policy.rules as Record<string, string>)[rule] ?? rule} <code>${rule}</code>`,
          html`${member.format.number(count)}`,
        ]),
        html`<p>${t.overview.noDenials}</p>`,
      )}</section>`,
    }
  })

  console.page('/console/overview.csv', 'read', async (member) => {
    const { buckets } = await countOverTime(member.context, spanOf(member))
    const rows = buckets.map(({ at, ...counts }) => ({ ...counts, from: at.toISOString() }))
    return sendCsv(member, 'overview', csvOf(FILE, rows))
  })

  console.page('/console/overview/recent', 'read', async (member) => ({
    title: member.t.overview.recent,
    section: 'overview',
    body: recentBox(member, await countRecent(member.context)),
  }))

  console.page('/console/overview/news', 'read', (member) => sendNews(member, recentPulse(member)))

  console.openPage('/console/', ({ c }) => redirect(c, '/console'))
}

const spanOf = ({ query }: Member) => (query.span === 'days' ? 'days' : 'hours')

const GROUPS = ['day', 'provider', 'prefix', 'carrier', 'country', 'channel'] as const

/** The outcome of verifications over time: a chart, and the same numbers in a table below it. */
function chart(
  visit: Member,
  span: 'hours' | 'days',
  { buckets, complete }: { buckets: readonly Bucket[]; complete: boolean },
): Html {
  const { t, format } = visit
  const isHours = span === 'hours'
  const spans = ['hours', 'days'] as const
  const bars = buckets.map(({ at, started, delivered, approved }) => {
    const iso = at.toISOString()
    const key = isHours ? iso : iso.slice(0, 10)
    return {
      name: isHours ? format.hour(iso) : format.day(iso),
      href: verificationsOf({ from: key, to: key }, isHours ? 'hour' : 'day', key),
      started,
      delivered,
      approved,
    }
  })
  const ticks = new Map(tickPlaces(bars.length).map((i) => [i, bars[i]?.name ?? '']))
  return html`<section aria-labelledby="chart"><div class="head"><h2 id="chart">${t.overview.overTime}</h2>
<nav aria-label="${t.overview.span}" class="tabs">${spans.map(
    (other) =>
      html`<a href="/console?span=${other}#chart"${other === span ? html` aria-current="true"` : ''}>${t.overview.spans[other]}</a>`,
  )}</nav></div>
<div class="panel">${legend(visit)}${columnChart(visit, bars, ticks)}
${when(!complete, () => html`<p class="soft">${t.overview.incomplete}</p>`)}</div>
<details><summary>${t.overview.asTable}</summary>${table(
    t.overview.overTime,
    [
      { title: isHours ? t.overview.hour : t.overview.day },
      { title: t.overview.starts, numeric: true },
      { title: t.overview.delivered, numeric: true },
      { title: t.overview.approved, numeric: true },
      { title: t.overview.denied, numeric: true },
    ],
    buckets.map(({ denied, ...counts }, i) => [
      html`<a href="${bars[i]?.href}">${bars[i]?.name}</a>`,
      ...[counts.started, counts.delivered, counts.approved, denied].map(
        (count) => html`${format.number(count)}`,
      ),
    ]),
  )}<p class="pager">${exportLink(visit, '/console/overview.csv', { span })}</p></details>
<nav class="tabs" aria-label="${t.nav.statistics}">${GROUPS.map((group) => html`<a href="${withQuery(STATISTICS, { group_by: group })}">${t.statistics.by[group]}</a>`)}</nav></section>`
}

function welcome({ t, user, can }: Member): Html {
  const mayTry = !user.actor.livemode && can('verify')
  return html`<div class="empty"><p>${t.overview.nothing}</p><p>${
    mayTry
      ? html`<a class="button" href="/console/try">${t.nav.try}</a>`
      : html`<a class="button" href="/docs#quick-start">${t.shell.docs}</a>`
  }</p></div>`
}
