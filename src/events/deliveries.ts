import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { author, type ClientContext } from '../context.ts'
import { sqlOf, type Tx } from '../db/client.ts'
import { insertRows } from '../db/rows.ts'
import { webhookDeliveries } from '../db/schema/events.ts'
import { AppError } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { afterCursor, type PageInput } from '../input/cursor.ts'
import { parseId, publicId } from '../values/ids.ts'
import { toPage } from '../values/pages.ts'
import { say } from '../words/text.ts'
import { getEndpoint, lockEndpoint } from './endpoints.ts'
import { newDelivery, webhookId } from './outbox.ts'
import type { DeliveryView } from './schemas.ts'
import { TEST_TYPE } from './types.ts'

type Row = Omit<typeof webhookDeliveries.$inferSelect, 'body'>

/** The deliveries of an endpoint in the last 30 days, newest first. */
export async function listDeliveries(context: ClientContext, input: { id: string } & PageInput) {
  const endpoint = await getEndpoint(context, input)
  const after = afterCursor(input)
  const { sql } = context.db
  const rows = await sql<Row[]>`
    select ${columns(sql)} from webhook_deliveries
    where endpoint_id = ${parseId('endpoint', endpoint.id)} ${after ? sql`and id < ${after}` : sql``}
    order by id desc limit ${input.limit + 1}`
  return toPage(rows, input.limit, presentDelivery)
}

/** At most this many deliveries of a verification are listed. */
const OF_ONE_MAX = 100

/**
 * The deliveries of a verification's events, in their order, each with whether its endpoint is enabled. Those of deleted
 * endpoints are left out.
 */
export async function listDeliveriesOf(
  { db, actor }: ClientContext,
  { verification }: { verification: string },
): Promise<(DeliveryView & { enabled: boolean })[]> {
  const { tenantId, livemode } = actor
  const rows = await db.sql<(Row & { enabled: boolean })[]>`
    select d.*, e.enabled from (
      select ${columns(db.sql)} from webhook_deliveries
      where verification_id = ${parseId('verification', verification)}
        and tenant_id = ${tenantId} and livemode = ${livemode}) d
    join webhook_endpoints e on e.id = d.endpoint_id and e.deleted_at is null
    order by d.sequence, d.endpoint_id limit ${OF_ONE_MAX}`
  return rows.map((row) => ({ ...presentDelivery(row), enabled: row.enabled }))
}

/** Sends a test event to an endpoint, whatever types it receives. Throws 409 if the endpoint is disabled. */
export async function testEndpoint(context: ClientContext, input: { id: string }): Promise<DeliveryView> {
  const view = await once(context, () =>
    context.db.orm.transaction(async (orm) => {
      const tx = sqlOf(orm)
      const endpoint = await lockEndpoint(orm, context.actor, input.id)
      requireEnabled(endpoint)
      const data = { endpoint: publicId('endpoint', endpoint.id) }
      const [event] = await appendTenantEvents(tx, endpoint.tenantId, author(context), [
        { type: 'endpoint.tested', data },
      ])
      if (!event) throw new Error('the event was not appended')
      const delivery = newDelivery(endpoint.id, event, TEST_TYPE, data, endpoint)
      await insertRows(tx, webhookDeliveries, [delivery])
      return remember(context, tx, presentDelivery(delivery))
    }),
  )
  wake(context, view)
  return view
}

/**
 * Sends a delivery again, with all its tries. Throws 404 for an unknown one and 409 if the endpoint is disabled.
 */
export async function redeliver(context: ClientContext, input: { id: string }): Promise<DeliveryView> {
  const view = await once(context, () => context.db.sql.begin((tx) => makeDue(context, tx, input.id)))
  wake(context, view)
  return view
}

async function makeDue(context: ClientContext, tx: Tx, id: string): Promise<DeliveryView> {
  const { tenantId, livemode } = context.actor
  const [found] = await tx<{ enabled: boolean }[]>`
    select e.enabled from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
    where d.id = ${parseId('delivery', id)} and d.tenant_id = ${tenantId} and d.livemode = ${livemode}
      and e.deleted_at is null
    for update of d`
  if (!found) throw new AppError('not_found', { detail: say('unknown_delivery') })
  requireEnabled(found)
  const [row] = await tx<Row[]>`
    update webhook_deliveries set status = 'waiting', tries = 0, due_at = now(), ended_at = null
    where id = ${parseId('delivery', id)} returning ${columns(tx)}`
  const view = presentDelivery(row as Row)
  const { endpoint, id: delivery } = view
  const type = 'endpoint.redelivered'
  await appendTenantEvents(tx, tenantId, author(context), [{ type, data: { endpoint, delivery } }])
  return remember(context, tx, view)
}

/** All but the body, which can be long. */
const columns = (sql: Tx) => sql`
  id, endpoint_id, tenant_id, livemode, event_id, type, verification_id, sequence, status, tries, due_at, tried_at,
  response_status, response_body, milliseconds, error, created_at, ended_at`

function requireEnabled({ enabled }: { enabled: boolean }): void {
  if (!enabled) throw new AppError('conflict', { detail: say('endpoint_disabled') })
}

function wake({ queue }: ClientContext, { endpoint }: DeliveryView): void {
  queue.enqueue([{ name: 'deliver', payload: { endpoint: parseId('endpoint', endpoint) as string } }])
}

function presentDelivery(row: Row): DeliveryView {
  return {
    id: publicId('delivery', row.id),
    endpoint: publicId('endpoint', row.endpointId),
    event: webhookId(row.eventId),
    type: row.type as DeliveryView['type'],
    verification: row.verificationId && publicId('verification', row.verificationId),
    sequence: row.sequence,
    status: row.status,
    tries: row.tries,
    next_try_at: row.dueAt?.toISOString() ?? null,
    response_status: row.responseStatus,
    response_body: row.responseBody,
    milliseconds: row.milliseconds,
    error: row.error,
    created_at: row.createdAt.toISOString(),
    last_try_at: row.triedAt?.toISOString() ?? null,
    ended_at: row.endedAt?.toISOString() ?? null,
  }
}
