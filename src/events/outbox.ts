import type { AuditEvent } from '../audit/chain.ts'
import type { Tx } from '../db/client.ts'
import { inserts } from '../db/rows.ts'
import { webhookDeliveries } from '../db/schema/events.ts'
import type { Statement } from '../db/sql.ts'
import type { BareDraft } from '../draft/draft.ts'
import { newId, publicId } from '../values/ids.ts'
import type { Subscribed, Subscription } from './subscriptions.ts'
import { type TEST_TYPE, type WebhookType, webhookTypeOf } from './types.ts'

type Delivery = typeof webhookDeliveries.$inferSelect

/**
 * The statement that writes a delivery for each event of the drafts and each endpoint that receives it; none
 * without such endpoints. Wakes the endpoints after the commit. `present`: the verification as `GET` shows it.
 */
export function announce(
  tx: Tx,
  subscribed: Subscribed,
  drafts: readonly BareDraft[],
  present: (draft: BareDraft) => object,
): Statement<object[]>[] {
  return inserts(
    tx,
    webhookDeliveries,
    drafts.flatMap((draft) => deliveriesOf(draft, subscribed, present)),
  )
}

function deliveriesOf(
  draft: BareDraft,
  subscribed: Subscribed,
  present: (draft: BareDraft) => object,
): Delivery[] {
  const { tenantId, livemode } = draft.verification
  const endpoints = subscribed.get(tenantId)?.filter((each) => each.livemode === livemode) ?? []
  if (endpoints.length === 0) return []
  let verification: object | null = null
  const made = draft.events.flatMap((event) => {
    const type = webhookTypeOf(event.type)
    const receivers = type ? endpoints.filter((each) => wants(each, type)) : []
    const attempt = receivers.length > 0 && type?.startsWith('attempt.') ? attemptOf(event) : undefined
    if (!type || receivers.length === 0 || attempt === null) return []
    verification ??= present(draft)
    const data = { verification, sequence: event.seq, ...(attempt && { attempt }) }
    return receivers.map(({ id }) => newDelivery(id, event, type, data))
  })
  const woken = new Set(made.map(({ endpointId }) => endpointId))
  draft.jobs.push(...[...woken].map((endpoint) => ({ name: 'deliver' as const, payload: { endpoint } })))
  return made
}

const wants = ({ eventTypes }: Subscription, type: WebhookType) => eventTypes?.includes(type) ?? true

/** The public id of the event's attempt; null if it tells nothing new: a late answer to a placed call. */
function attemptOf({ data }: AuditEvent): string | null {
  const { attempt, late } = JSON.parse(data) as { attempt: string; late?: boolean }
  return late ? null : attempt
}

/** A delivery that is due at once. */
export function newDelivery(
  endpointId: string,
  event: AuditEvent,
  type: WebhookType | typeof TEST_TYPE,
  data: object,
  { livemode }: { livemode: boolean } = event,
): Delivery {
  return {
    id: newId(),
    endpointId,
    tenantId: event.tenantId,
    livemode,
    eventId: event.id,
    type,
    verificationId: event.verificationId,
    sequence: event.verificationId === null ? null : event.seq,
    body: { type, timestamp: event.at.toISOString(), data },
    status: 'waiting',
    tries: 0,
    dueAt: event.at,
    triedAt: null,
    responseStatus: null,
    responseBody: null,
    milliseconds: null,
    error: null,
    createdAt: event.at,
    endedAt: null,
  }
}

/** An event of a tenant itself, with the data of its body. */
type Told = { event: AuditEvent; type: WebhookType; data: object }

/** Writes the deliveries of a tenant's own events, in the transaction that appends them. The sweep wakes. */
export async function announceOwn(tx: Tx, told: readonly Told[]): Promise<void> {
  const tenantId = told[0]?.event.tenantId
  if (tenantId === undefined) return
  const endpoints = await tx<Subscription[]>`
    select id, livemode, event_types from webhook_endpoints
    where tenant_id = ${tenantId} and livemode and enabled and deleted_at is null`
  const rows = told.flatMap(({ event, type, data }) =>
    endpoints.filter((each) => wants(each, type)).map(({ id }) => newDelivery(id, event, type, data)),
  )
  await Promise.all(inserts(tx, webhookDeliveries, rows))
}

/** The public form of an event's id: the receiver's `webhook-id`. */
export const webhookId = (eventId: string) => publicId('event', eventId)
