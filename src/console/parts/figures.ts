import { type Html, html, when } from '../../html/html.ts'
import type { StatisticsRow } from '../../statistics/schemas.ts'
import type { Money } from '../../values/money.ts'
import type { Visit } from '../visit.ts'

/** `amount` is compared; null: there is none. */
type Value = { text: string; detail?: string; amount: number | null }
type Figure = { name: string; isShare?: boolean; of(row: StatisticsRow): Value }

/** The figures of a span, each compared with those of the span before, which is called `formerName`. */
export function changes(
  visit: Visit,
  current: StatisticsRow,
  former: StatisticsRow,
  formerName: string,
): Html {
  return html`<dl class="figures">${figuresOf(visit).map(({ name, isShare = false, of }) => {
    const [now, before] = [of(current), of(former)]
    return html`<div class="panel"><dt>${name}</dt>
<dd class="figure">${now.text}${when(now.detail, (text) => html` <span class="soft nowrap">${text}</span>`)}</dd>
<dd class="soft">${change(visit, now.amount, before.amount, isShare)}${formerName}: ${before.text}</dd></div>`
  })}</dl>`
}

function figuresOf({ t, format }: Visit): Figure[] {
  const count = (amount: number): Value => ({ text: format.number(amount), amount })
  const share = (part: number, whole: number): Value => {
    if (whole === 0) return { text: '–', detail: format.number(part), amount: null }
    return { text: format.percent(part / whole), detail: format.number(part), amount: (part / whole) * 100 }
  }
  const slow = format.percent(0.95)
  const time = ({ p50, p95 }: StatisticsRow['seconds_to_deliver']): Value => ({
    text: format.duration(p50, t.units),
    detail: `${slow}: ${format.duration(p95, t.units)}`,
    amount: p50,
  })
  const money = (all: readonly Money[], write = format.money): Value => ({
    text: all.map(write).join(' + ') || '–',
    amount: all.length === 1 ? Number(all[0]?.amount) : null,
  })
  return [
    { name: t.overview.starts, of: (row) => count(row.started) },
    { name: t.overview.delivered, isShare: true, of: (row) => share(row.delivered, row.started) },
    { name: t.overview.approved, isShare: true, of: (row) => share(row.approved, checkedOf(row)) },
    { name: t.overview.denied, of: (row) => count(row.denied) },
    { name: t.overview.timeToDeliver, of: (row) => time(row.seconds_to_deliver) },
    { name: t.overview.timeToApprove, of: (row) => time(row.seconds_to_approve) },
    {
      name: t.statistics.costPerApproved,
      of: (row) => ({
        ...money(row.cost_per_approved ? [row.cost_per_approved] : [], format.average),
        detail: `${t.statistics.ofCost} ${money([row.cost, ...row.other_costs]).text}`,
      }),
    },
    { name: t.statistics.price, of: (row) => money([row.price]) },
  ]
}

/** Percentage points of a share, percent of any other amount; in words for those who hear it. */
function change({ t, format }: Visit, now: number | null, before: number | null, isShare: boolean): Html {
  if (now === null || before === null || (before === 0 && !isShare)) return html``
  const by = isShare ? now - before : (now / before - 1) * 100
  const size = format.tenths(Math.abs(by))
  if (size === '0') return html`${t.statistics.same} · `
  const amount = isShare ? t.statistics.points(size) : format.percent(Math.abs(by) / 100)
  const spoken = by > 0 ? t.statistics.up(amount) : t.statistics.down(amount)
  return html`<span aria-hidden="true" class="nowrap">${by > 0 ? '▲' : '▼'} ${amount}</span><span class="hidden">${spoken}</span> · `
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
