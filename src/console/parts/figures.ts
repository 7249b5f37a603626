import { type Html, html, when } from '../../html/html.ts'
import type { StatisticsRow } from '../../statistics/schemas.ts'
import type { Money } from '../../values/money.ts'
import type { Visit } from '../visit.ts'

type Days = { today: StatisticsRow; yesterday: StatisticsRow }
type Figure = { name: string; value: string; detail?: string; before: string }

/** Today's figures, each compared with yesterday's. */
export function figures(
  visit: Visit,
  { today, yesterday }: Days,
  spend: { today: Money; yesterday: Money } | null,
): Html {
  const { t, format } = visit
  const time = (seconds: number | null) => format.duration(seconds, t.units)
  const share = (part: number, whole: number) => (whole === 0 ? '–' : format.percent(part / whole))
  const slow = format.percent(0.95)
  const all: Figure[] = [
    {
      name: t.overview.starts,
      value: format.number(today.started),
      before: format.number(yesterday.started),
    },
    {
      name: t.overview.delivered,
      value: share(today.delivered, today.started),
      detail: format.number(today.delivered),
      before: share(yesterday.delivered, yesterday.started),
    },
    {
      name: t.overview.approved,
      value: share(today.approved, checkedOf(today)),
      detail: format.number(today.approved),
      before: share(yesterday.approved, checkedOf(yesterday)),
    },
    { name: t.overview.denied, value: format.number(today.denied), before: format.number(yesterday.denied) },
    {
      name: t.overview.timeToDeliver,
      value: time(today.seconds_to_deliver.p50),
      detail: `${slow}: ${time(today.seconds_to_deliver.p95)}`,
      before: `${time(yesterday.seconds_to_deliver.p50)} / ${time(yesterday.seconds_to_deliver.p95)}`,
    },
    {
      name: t.overview.timeToApprove,
      value: time(today.seconds_to_approve.p50),
      detail: `${slow}: ${time(today.seconds_to_approve.p95)}`,
      before: `${time(yesterday.seconds_to_approve.p50)} / ${time(yesterday.seconds_to_approve.p95)}`,
    },
  ]
  if (spend) {
    all.push({
      name: t.overview.spend,
      value: format.money(spend.today),
      before: format.money(spend.yesterday),
    })
  }
  return html`<dl class="figures">${all.map(
    ({ name, value, detail, before }) => html`<div class="panel"><dt>${name}</dt>
<dd class="figure">${value}${when(detail, (text) => html` <span class="soft">${text}</span>`)}</dd>
<dd class="soft">${t.overview.yesterday}: ${before}</dd></div>`,
  )}</dl>`
}

/** The starts whose code we check. The others count in no conversion. */
const checkedOf = ({ started, client_checked }: StatisticsRow) => started - client_checked

/** How many of the started verifications were delivered, and how many of those that we check were approved. */
export function funnel({ t, format }: Visit, totals: StatisticsRow): Html {
  const { started, delivered, approved } = totals
  const steps: [string, number, number, string][] = [
    [t.overview.starts, started, started, 'calm'],
    [t.overview.delivered, delivered, started, 'busy'],
    [t.overview.approved, approved, checkedOf(totals), 'good'],
  ]
  return html`<ul class="funnel panel">${steps.map(
    ([
      name,
      count,
      whole,
      tone,
    ]) => html`<li class="lane"><span class="lane-name">${name} <strong class="number">${format.number(count)}</strong></span>
<svg viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true"><rect class="track" x="0" y="8" width="1000" height="4"/><rect class="${tone}" x="0" y="2" width="${whole === 0 ? 0 : Math.round((count / whole) * 1000)}" height="16"/></svg></li>`,
  )}</ul>`
}
