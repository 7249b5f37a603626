import { type Html, html } from '../../html/html.ts'
import type { Visit } from '../visit.ts'
import type { AuditEvent } from './story.ts'

const MOVES = ['billing.reserved', 'billing.captured', 'billing.released'] as const

/**
 * What the tenant pays for an attempt: on hold, charged or given back, as the audit last says. With `href`, a link to
 * the billing records.
 */
export function priceOf(
  { t, format }: Visit,
  events: readonly AuditEvent[],
  attempt: string,
  href: string | null,
): Html {
  const last = events.findLast(
    ({ type, data }) => data.attempt === attempt && MOVES.some((move) => move === type),
  )
  if (!last) return html`–`
  const amount = format.money({ amount: String(last.data.amount), currency: String(last.data.currency) })
  const state = t.attempts.prices[last.type as (typeof MOVES)[number]]
  const shown = href ? html`<a href="${href}">${amount}</a>` : html`${amount}`
  return html`<span class="nowrap">${shown}</span><br><span class="soft">${state}</span>`
}
