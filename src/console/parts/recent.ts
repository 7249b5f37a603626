import { type Html, html } from '../../html/html.ts'
import { countRecent, RECENT_MAX, type Recent } from '../../overview/recent.ts'
import type { Pulse } from '../live.ts'
import type { Member } from '../visit.ts'

const LOOK_MS = 3000

/** The last five minutes: kept up to date by `live.js`, which reads them from a page of their own. */
export function recentBox({ t, format }: Member, recent: Recent): Html {
  const { started, delivered, approved } = recent
  const number = (count: number) => `${format.number(count)}${started >= RECENT_MAX ? '+' : ''}`
  const figures = [
    [t.overview.starts, started],
    [t.overview.delivered, delivered],
    [t.overview.approved, approved],
  ] as const
  return html`<section aria-labelledby="recent" data-live="/console/overview/news?seen=${versionOf(recent)}" data-page="/console/overview/recent"><h2 id="recent">${t.overview.recent}</h2>
<dl class="figures" data-part="recent">${figures.map(([name, count]) => html`<div class="panel"><dt>${name}</dt><dd class="figure">${number(count)}</dd></div>`)}</dl></section>`
}

/** Looks at the last five minutes, though not each time that it is asked. */
export function recentPulse({ context }: Member): () => Promise<Pulse> {
  let last: Pulse | undefined
  let at = 0
  return async () => {
    if (last && performance.now() - at < LOOK_MS) return last
    at = performance.now()
    last = { version: versionOf(await countRecent(context)), final: false }
    return last
  }
}

const versionOf = ({ started, delivered, approved }: Recent) => `${started}.${delivered}.${approved}`
