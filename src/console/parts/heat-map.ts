import type { z } from '@hono/zod-openapi'
import { type Html, html, when } from '../../html/html.ts'
import type { AccountView, HealthView } from '../../routing/schemas.ts'
import type { Visit } from '../visit.ts'

/** An account and its health. */
export type Operator = AccountView & { health: z.infer<typeof HealthView> }

const PREFIXES_SHOWN = 60

/** Delivery rates by prefix and account, as numbers and colours. */
export function heatMap({ t, format }: Visit, operators: readonly Operator[]): Html {
  const prefixes = [
    ...new Set(operators.flatMap(({ health }) => health.prefixes.map(({ prefix }) => prefix))),
  ]
    .sort()
    .slice(0, PREFIXES_SHOWN)
  if (prefixes.length === 0) return html`<div class="empty"><p>${t.operators.noRatios}</p></div>`
  return html`<div class="wide" role="group" aria-labelledby="heat" tabindex="0"><table class="heat">
<caption class="hidden">${t.operators.heat}</caption>
<thead><tr><th scope="col">${t.operators.prefix}</th>${operators.map(({ name }) => html`<th scope="col"><span class="cut" title="${name}">${name}</span></th>`)}</tr></thead>
<tbody>${prefixes.map(
    (prefix) =>
      html`<tr><th scope="row" class="number">${prefix}</th>${operators.map(({ health }) => {
        const ratio = health.prefixes.find((other) => other.prefix === prefix)
        if (!ratio || ratio.delivered.calls === 0) return html`<td class="soft">–</td>`
        const { delivered, approved, demoted_at } = ratio
        return html`<td class="heat-${Math.round(delivered.share * 10)}"><strong>${format.percent(delivered.share)}</strong>
<span class="small">${t.operators.ofCalls(delivered.calls)}${when(approved.calls > 0, () => html` · ${t.operators.approved(format.percent(approved.share))}`)}</span>${when(demoted_at, () => html`<span class="small">${t.operators.demoted}</span>`)}</td>`
      })}</tr>`,
  )}</tbody></table></div>`
}
