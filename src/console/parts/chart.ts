import { type Html, html } from '../../html/html.ts'
import type { Visit } from '../visit.ts'

/** The outcome of a group of verifications, and the list of them. */
export type Bar = {
  name: string
  href: string
  started: number
  delivered: number
  approved: number
}

const PARTS = [
  { tone: 'good', of: ({ approved }: Bar) => approved },
  { tone: 'busy', of: ({ delivered, approved }: Bar) => delivered - approved },
  { tone: 'calm', of: ({ started, delivered }: Bar) => started - delivered },
] as const
/** Of the width of a bar with its gap. */
const BAR_SHARE = 0.76
const TICKS = 5

/**
 * A chart with a bar for each time. `ticks`: the names below some of the bars, by index. Hidden from screen readers and
 * the tab key: a table with the same numbers and links follows every chart. Positions are percentages, so that text
 * keeps its shape at any width.
 */
export function columnChart(visit: Visit, bars: readonly Bar[], ticks: ReadonlyMap<number, string>): Html {
  const top = topOf(bars)
  const percent = (share: number) => `${Math.round(share * 10_000) / 100}%`
  const width = 1 / bars.length
  const column = (bar: Bar, i: number) => {
    let height = 0
    const left = percent((i + (1 - BAR_SHARE) / 2) * width)
    return html`<a href="${bar.href}" tabindex="-1"><title>${titleOf(visit, bar)}</title><rect class="hit" x="${percent(i * width)}" y="0" width="${percent(width)}" height="100%"/>${PARTS.map(
      ({ tone, of }) => {
        const part = of(bar) / top
        if (part <= 0) return ''
        height += part
        return html`<rect class="${tone}" x="${left}" y="${percent(1 - height)}" width="${percent(width * BAR_SHARE)}" height="${percent(part)}"/>`
      },
    )}</a>`
  }
  const tick = (name: string, i: number) => {
    const anchor = i === 0 ? 'start' : i === bars.length - 1 ? 'end' : 'middle'
    const x = anchor === 'middle' ? (i + 0.5) * width : i === 0 ? 0 : 1
    return html`<text x="${percent(x)}" y="1em" text-anchor="${anchor}">${name}</text>`
  }
  return html`<div class="plot number" aria-hidden="true"><div class="scale">${[top, top / 2, 0].map(
    (value) => html`<span>${visit.format.number(value)}</span>`,
  )}</div><svg class="columns">${[0, 0.5, 1].map((y) => html`<line class="grid" x1="0" x2="100%" y1="${percent(y)}" y2="${percent(y)}"/>`)}
${bars.map(column)}</svg><svg class="names">${[...ticks].map(([i, name]) => tick(name, i))}</svg></div>`
}

/** A chart with a bar for each group, one below the other. */
export function rowChart(visit: Visit, bars: readonly Bar[]): Html {
  const top = topOf(bars)
  const percent = (part: number) => `${Math.round((part / top) * 10_000) / 100}%`
  const row = (bar: Bar) => {
    let x = 0
    return html`<a class="lane" href="${bar.href}" tabindex="-1" title="${titleOf(visit, bar)}"><span class="lane-name">${bar.name}</span><svg><rect class="track" x="0" y="8" width="100%" height="4"/>${PARTS.map(
      ({ tone, of }) => {
        const part = of(bar)
        if (part <= 0) return ''
        x += part
        return html`<rect class="${tone}" x="${percent(x - part)}" y="2" width="${percent(part)}" height="16"/>`
      },
    )}</svg></a>`
  }
  return html`<div class="rows number" aria-hidden="true">${bars.map(row)}
<div class="lane"><span></span><span class="ticks soft">${[0, top / 2, top].map(
    (value) => html`<span>${visit.format.number(value)}</span>`,
  )}</span></div></div>`
}

/** What the colours mean. */
export function legend({ t }: Visit): Html {
  return html`<p class="legend" aria-hidden="true"><span class="key good">${t.overview.approved}</span><span class="key busy">${t.overview.onlyDelivered}</span><span class="key calm">${t.overview.notDelivered}</span></p>`
}

/** The indexes of the first bar and of others in even steps, so that no two names meet. */
export function tickPlaces(count: number): number[] {
  const step = Math.max(1, Math.ceil((count - 1) / (TICKS - 1)))
  return Array.from({ length: count }, (_, i) => i).filter((i) => i % step === 0)
}

const titleOf = ({ t }: Visit, { name, started, delivered, approved }: Bar) =>
  t.overview.bar(name, started, delivered, approved)

/** The smallest even round number that holds every bar. */
function topOf(bars: readonly Bar[]): number {
  const most = Math.max(1, ...bars.map(({ started }) => started))
  const ten = 10 ** Math.floor(Math.log10(most))
  return [2, 4, 6, 8, 10, 20].map((step) => step * ten).find((top) => top >= most) ?? most
}
