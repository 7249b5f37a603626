import { listDeliveries, listDeliveriesOf } from '../../events/deliveries.ts'
import type { DeliveryView, EndpointView } from '../../events/schemas.ts'
import { type Html, html, NONE, when } from '../../html/html.ts'
import { csrfField } from '../csrf.ts'
import type { Member } from '../visit.ts'
import { withQuery } from './export.ts'
import { badge, type Tone } from './status.ts'
import { PAGE_LENGTH, table } from './table.ts'

const TONES: Record<DeliveryView['status'], Tone> = {
  waiting: 'busy',
  delivered: 'good',
  failed: 'bad',
  cancelled: 'calm',
}

/** The deliveries of an endpoint, each with the answer to its last try and a way to resend it. */
export async function deliveriesOf(member: Member, { id, enabled }: EndpointView): Promise<Html> {
  const { t, context, query } = member
  const cursor = query.cursor || undefined
  const page = await listDeliveries(context, { id, limit: PAGE_LENGTH, cursor })
  const path = `/console/webhooks/${id}`
  return html`<section aria-labelledby="deliveries"><h2 id="deliveries">${t.webhooks.deliveries}</h2>
${table(
  t.webhooks.deliveries,
  [
    { title: t.webhooks.event },
    { title: t.webhooks.state },
    { title: t.webhooks.answer },
    { title: t.webhooks.tries, numeric: true, roomy: true },
    { title: t.webhooks.lastTry, roomy: true },
    { title: t.webhooks.resend },
  ],
  page.data.map((delivery) => rowOf(member, delivery, enabled)),
  html`<p>${t.webhooks.noDeliveries}</p>`,
)}
<nav class="pager" aria-label="${t.table.pages}">${when(page.next_cursor, (next) => html`<a class="button" href="${withQuery(path, { cursor: next })}">${t.table.older}</a>`)}</nav></section>`
}

/** The deliveries of a verification's events; nothing without any. */
export async function deliveriesAbout(member: Member, verification: string): Promise<Html> {
  const { t, context } = member
  const deliveries = await listDeliveriesOf(context, { verification })
  if (deliveries.length === 0) return NONE
  return html`<section aria-labelledby="deliveries"><h2 id="deliveries">${t.nav.webhooks}</h2>${table(
    t.webhooks.deliveries,
    [
      { title: t.webhooks.event },
      { title: t.webhooks.state },
      { title: t.webhooks.answer },
      { title: t.webhooks.tries, numeric: true, roomy: true },
      { title: t.webhooks.lastTry, roomy: true },
      { title: t.webhooks.resend },
    ],
    deliveries.map((delivery) => rowOf(member, delivery, delivery.enabled)),
  )}</section>`
}

function rowOf(member: Member, delivery: DeliveryView, enabled: boolean): Html[] {
  const { t, format } = member
  const { type, verification, next_try_at: next, status } = delivery
  return [
    html`${verification ? html`<a href="/console/verifications/${verification}"><code>${type}</code></a>` : html`<code>${type}</code>`}<br><code class="soft">${delivery.event}</code>`,
    html`${badge(TONES[status], t.webhooks.statuses[status])}${when(delivery.tries > 0 ? next : null, (at) => html`<br><span class="soft">${t.webhooks.next} ${format.moment(at)}</span>`)}`,
    answerOf(member, delivery),
    html`${delivery.tries}`,
    format.moment(delivery.last_try_at),
    enabled
      ? html`<form method="post" action="/console/webhooks/${delivery.endpoint}">${csrfField(member)}<input type="hidden" name="delivery" value="${delivery.id}"><button class="quiet" name="action" value="resend">${t.webhooks.resend}</button></form>`
      : html`<span class="soft">–</span>`,
  ]
}

function answerOf({ t, format }: Member, delivery: DeliveryView): Html {
  const { response_status: status, response_body: body, milliseconds, error } = delivery
  if (milliseconds === null) return html`<span class="soft">–</span>`
  const what = [status === null ? null : `HTTP ${status}`, error].filter(Boolean).join(' · ')
  const took = format.duration(milliseconds / 1000, t.units)
  return html`${what} <span class="soft">${took}</span>${when(body, (text) => html`<details><summary>${t.webhooks.body}</summary><pre class="wrap">${text}</pre></details>`)}`
}
