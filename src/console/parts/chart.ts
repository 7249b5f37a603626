import { type Html, html, when } from '../../html/html.ts'
import type { Bucket } from '../../overview/hours.ts'
import type { Visit } from '../visit.ts'
import { exportLink } from './export.ts'
import { table } from './table.ts'

const HEIGHT = 160
const BAR = 18
const STEP = 24

/** The outcome of verifications over time: a chart, and the same numbers in a table below it. */
export function chart(
  visit: Visit,
  span: 'hours' | 'days',
  { buckets, complete }: { buckets: readonly Bucket[]; complete: boolean },
): Html {
  const { t, format } = visit
  const nameOf = ({ at }: Bucket) =>
    span === 'hours' ? format.hour(at.toISOString()) : format.day(at.toISOString())
  const most = Math.max(1, ...buckets.map(({ started }) => started))
  const total = buckets.reduce((sum, { started }) => sum + started, 0)
  const spans = ['hours', 'days'] as const
  return html`<section aria-labelledby="chart"><div class="head"><h2 id="chart">${t.overview.overTime}</h2>
<nav aria-label="${t.overview.span}" class="tabs">${spans.map(
    (other) =>
      html`<a href="/console?span=${other}#chart"${other === span ? html` aria-current="true"` : ''}>${t.overview.spans[other]}</a>`,
  )}</nav></div>
<div class="panel"><p class="legend" aria-hidden="true"><span class="key good">${t.overview.approved}</span><span class="key busy">${t.overview.onlyDelivered}</span><span class="key calm">${t.overview.notDelivered}</span></p>
<div class="plot"><span class="most soft number" aria-hidden="true">${format.number(most)}</span>
<svg viewBox="0 0 ${buckets.length * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${t.overview.chart(format.number(total), t.overview.spans[span])}">
<line class="grid" x1="0" x2="${buckets.length * STEP}" y1="0.5" y2="0.5"/><line class="grid" x1="0" x2="${buckets.length * STEP}" y1="${HEIGHT / 2}" y2="${HEIGHT / 2}"/><line class="grid" x1="0" x2="${buckets.length * STEP}" y1="${HEIGHT - 0.5}" y2="${HEIGHT - 0.5}"/>
${buckets.map((bucket, i) => bar(visit, bucket, nameOf(bucket), i, most))}</svg></div>
<p class="ticks soft" aria-hidden="true">${ticks(buckets).map((bucket) => html`<span>${nameOf(bucket)}</span>`)}</p>
${when(!complete, () => html`<p class="soft">${t.overview.incomplete}</p>`)}</div>
<details><summary>${t.overview.asTable}</summary>${table(
    t.overview.overTime,
    [
      { title: span === 'hours' ? t.overview.hour : t.overview.day },
      { title: t.overview.starts, numeric: true },
      { title: t.overview.delivered, numeric: true },
      { title: t.overview.approved, numeric: true },
      { title: t.overview.denied, numeric: true },
    ],
    buckets.map((bucket) => [
      html`${nameOf(bucket)}`,
      ...[bucket.started, bucket.delivered, bucket.approved, bucket.denied].map(
        (count) => html`${format.number(count)}`,
      ),
    ]),
  )}<p class="pager">${exportLink(visit, '/console/overview.csv', { span })}</p></details></section>`
}

function bar({ t }: Visit, bucket: Bucket, name: string, i: number, most: number): Html {
  const { started, delivered, approved } = bucket
  if (started === 0) return html``
  const height = (count: number) => Math.round((count / most) * (HEIGHT - 4))
  const x = i * STEP + (STEP - BAR) / 2
  const parts = [
    { count: approved, tone: 'good' },
    { count: delivered - approved, tone: 'busy' },
    { count: started - delivered, tone: 'calm' },
  ]
  let y = HEIGHT
  return html`<g><title>${t.overview.bar(name, started, delivered, approved)}</title>${parts.map(
    ({ count, tone }) => {
      if (count <= 0) return html``
      y -= Math.max(1, height(count))
      return html`<rect class="${tone}" x="${x}" y="${y}" width="${BAR}" height="${Math.max(1, height(count))}"/>`
    },
  )}</g>`
}

/** The first bucket, the last and three between. */
function ticks(buckets: readonly Bucket[]): Bucket[] {
  const last = buckets.length - 1
  const places = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * last))
  return places.flatMap((place) => buckets[place] ?? [])
}
