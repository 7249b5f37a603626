import { appendTenantEvents } from '../audit/tenant-chain.ts'
import type { Author } from '../context.ts'
import type { Db, Tx } from '../db/client.ts'
import { publicId } from '../values/ids.ts'
import type { Claimed, Endpoint } from './claim.ts'
import { pauseAfter, readRetryAfter } from './schedule.ts'
import type { Answer } from './send.ts'

/** An endpoint that has only failed for this long is disabled. */
const FAILING_DAYS = 5
const DAY_MS = 86_400_000

const AUTHOR: Author = { actor: 'worker', requestId: null }

/**
 * Records a try: delivered, due again, or failed. The next delivery of the verification is due as soon as this
 * one is over. No effect if another worker recorded the same try. An answer may quote what was sent: it is not kept
 * if that was erased meanwhile.
 */
export async function settle(
  db: Db,
  endpoint: Endpoint,
  { id, tries, text }: Claimed,
  answer: Answer,
): Promise<void> {
  const isDelivered = answer.status !== null && answer.status >= 200 && answer.status < 300
  const isGone = answer.status === 410
  const retryAfterMs = mayAskToWait(answer) ? readRetryAfter(answer.headers['retry-after'], Date.now()) : null
  const pauseMs = isDelivered || isGone ? null : pauseAfter(tries + 1, retryAfterMs, Math.random())
  const status = isDelivered ? 'delivered' : pauseMs === null ? 'failed' : 'waiting'
  const next = db.sql`now() + ${pauseMs ?? 0}::float8 * interval '1 millisecond'`
  const [settled] = await db.sql<{ verificationId: string | null; sequence: number | null }[]>`
    update webhook_deliveries
    set status = ${status}, tries = tries + 1, tried_at = now(),
      due_at = ${status === 'waiting' ? next : db.sql`null`},
      ended_at = ${status === 'waiting' ? db.sql`null` : db.sql`now()`},
      response_status = ${answer.status}, milliseconds = ${answer.milliseconds},
      response_body = case when body::text = ${text} then ${answer.body}::text end,
      error = ${answer.error}
    where id = ${id} and status = 'waiting' and tries = ${tries}
    returning verification_id, sequence`
  if (!settled) return
  // A statement of its own: erasure locks the deliveries of a verification in any order.
  if (status !== 'waiting' && settled.verificationId !== null) {
    await db.sql`
      update webhook_deliveries set due_at = now()
      where id = (
        select id from webhook_deliveries
        where verification_id = ${settled.verificationId} and endpoint_id = ${endpoint.id}
          and sequence > ${settled.sequence} and status = 'waiting'
        order by sequence limit 1) and status = 'waiting'`
  }
  await noteHealth(db, endpoint, { isDelivered, isGone, retryAfterMs })
}

const mayAskToWait = ({ status }: Answer) => status === 429 || status === 503

type Health = { isDelivered: boolean; isGone: boolean; retryAfterMs: number | null }

/** Keeps since when the endpoint fails; disables one that is gone or has failed for days. */
async function noteHealth(db: Db, endpoint: Endpoint, { isDelivered, isGone, retryAfterMs }: Health) {
  const { id, failingSince } = endpoint
  if (isDelivered) {
    if (failingSince) await db.sql`update webhook_endpoints set failing_since = null where id = ${id}`
    return
  }
  if (isGone) return db.sql.begin((tx) => disable(tx, endpoint, 'gone'))
  if (!failingSince || retryAfterMs !== null) {
    await db.sql`
      update webhook_endpoints set failing_since = coalesce(failing_since, now()),
        resumes_at = greatest(resumes_at, now() + ${retryAfterMs}::float8 * interval '1 millisecond')
      where id = ${id}`
  }
  if (failingSince && failingSince.getTime() < endpoint.now.getTime() - FAILING_DAYS * DAY_MS)
    await db.sql.begin((tx) => disable(tx, endpoint, 'failing'))
}

/** Disables an endpoint, with an audit event in its tenant's chain. */
async function disable(tx: Tx, { id, tenantId, livemode }: Endpoint, reason: 'gone' | 'failing') {
  const isTime =
    reason === 'gone' ? tx`true` : tx`failing_since < now() - make_interval(days => ${FAILING_DAYS})`
  const disabled = await tx`
    update webhook_endpoints set enabled = false, disabled_reason = ${reason}, updated_at = now()
    where id = ${id} and enabled and deleted_at is null and ${isTime} returning id`
  if (disabled.length === 0) return
  const data = { endpoint: publicId('endpoint', id), livemode, reason }
  await appendTenantEvents(tx, tenantId, AUTHOR, [{ type: 'endpoint.disabled', data }])
}
