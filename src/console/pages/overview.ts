import { summarize } from '../../billing/records/summary.ts'
import { csvTable } from '../../export/csv.ts'
import { type Html, html, when } from '../../html/html.ts'
import { findConcerns } from '../../overview/attention.ts'
import { compareDays } from '../../overview/days.ts'
import { denialsByRule } from '../../overview/denials.ts'
import { countOverTime } from '../../overview/hours.ts'
import type { Console } from '../mount.ts'
import { chart } from '../parts/chart.ts'
import { csvOf, sendCsv } from '../parts/export.ts'
import { figures, funnel } from '../parts/figures.ts'
import { firstRunAndConcerns } from '../parts/first-run.ts'
import { table } from '../parts/table.ts'
import { redirect } from '../response.ts'
import type { Member } from '../visit.ts'

const DAY_MS = 86_400_000
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
    const { t, context, can } = member
    const span = spanOf(member)
    const days = await compareDays(context)
    const [spend, series, denials, attention] = await Promise.all([
      can('billing') ? spendOf(member, days) : null,
      countOverTime(context, span),
      denialsByRule(context, days),
      findConcerns(context).then((concerns) => firstRunAndConcerns(member, concerns)),
    ])
    const isNew =
      series.buckets.every(({ started, denied }) => started + denied === 0) && days.yesterday.started === 0
    return {
      title: t.nav.overview,
      section: 'overview',
      body: html`<h1>${t.nav.overview}</h1>
${attention}
${when(isNew, () => welcome(member))}
<section aria-labelledby="today"><h2 id="today">${t.overview.today}</h2>
<p class="soft">${t.overview.comparedTo}</p>
${figures(member, days, spend)}</section>
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

  console.openPage('/console/', ({ c }) => redirect(c, '/console'))
}

const spanOf = ({ query }: Member) => (query.span === 'days' ? 'days' : 'hours')

async function spendOf({ context }: Member, { from, to }: { from: Date; to: Date }) {
  const before = (time: Date) => new Date(time.getTime() - DAY_MS)
  const sum = async (from: Date, to: Date) =>
    (await summarize(context, { from, to, group_by: 'day' })).total.price
  const [today, yesterday] = await Promise.all([sum(from, to), sum(before(from), before(to))])
  return { today, yesterday }
}

function welcome({ t, user, can }: Member): Html {
  const mayTry = !user.actor.livemode && can('verify')
  return html`<div class="empty"><p>${t.overview.nothing}</p><p>${
    mayTry
      ? html`<a class="button" href="/console/try">${t.nav.try}</a>`
      : html`<a class="button" href="/docs#quick-start">${t.shell.docs}</a>`
  }</p></div>`
}
