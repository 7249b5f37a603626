import type { z } from '@hono/zod-openapi'
import { type Html, html, when } from '../../html/html.ts'
import type { AccountView, HealthView } from '../../routing/schemas.ts'
import type { Visit } from '../visit.ts'

/** An account and its health. */
export type Operator = AccountView & { health: z.infer<typeof HealthView> }

const PREFIXES_SHOWN = 60

/** Delivery rates by prefix, channel and account, as numbers and colours. */
export function heatMap({ t, format }: Visit, operators: readonly Operator[]): Html {
  const all = operators.flatMap(({ health }) => health.prefixes)
  const rows = [...new Map(all.map((ratio) => [keyOf(ratio), ratio])).values()]
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .slice(0, PREFIXES_SHOWN)
  if (rows.length === 0) return html`<div class="empty"><p>${t.operators.noRatios}</p></div>`
  return html`<div class="wide" role="group" aria-labelledby="heat" tabindex="0"><table class="heat">
<caption class="hidden">${t.operators.heat}</caption>
<thead><tr><th scope="col">${t.operators.prefix}</th>${operators.map(({ name }) => html`<th scope="col"><span class="cut" title="${name}">${name}</span></th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr><th scope="row"><span class="number">${row.prefix}</span> <span class="small">${t.channels[row.channel]}</span></th>${operators.map(
        ({ health }) => {
          const ratio = health.prefixes.find((other) => keyOf(other) === keyOf(row))
          if (!ratio || ratio.delivered.calls === 0) return html`<td class="soft">–</td>`
          const { delivered, approved, demoted_at } = ratio
          return html`<td class="heat-${Math.round(delivered.share * 10)}"><strong>${format.percent(delivered.share)}</strong>
<span class="small">${t.operators.ofCalls(delivered.calls)}${when(approved.calls > 0, () => html` · ${t.operators.approved(format.percent(approved.share))}`)}</span>${when(demoted_at, () => html`<span class="small">${t.operators.demoted}</span>`)}</td>`
        },
      )}</tr>`,
  )}</tbody></table></div>`
}

const keyOf = ({ prefix, channel }: { prefix: string; channel: string }) => `${prefix} ${channel}`
