import type { Db } from '../db/client.ts'
import type { webhookEndpoints } from '../db/schema/events.ts'
import { TIMEOUT_MS } from './send.ts'

/** How long a claimed delivery is out of sight of other workers. */
const LEASE_SECONDS = TIMEOUT_MS / 1000 + 5
/** How long a delivery waits for one that is being sent, before it looks again. Mostly it is woken sooner. */
const BEHIND_SECONDS = 2

/** Times are kept in milliseconds, so what is due now may say so up to half of one later. */
const ROUNDED_MS = 1

/** `now`: when it was read, by the database clock. */
export type Endpoint = typeof webhookEndpoints.$inferSelect & { now: Date }
export type Claimed = { id: string; eventId: string; tries: number; text: string }

/**
 * Claims up to `max` due deliveries of an endpoint. One with an earlier one of its verification still waiting is
 * put off until that one is due: order goes before speed. Nothing is due while the endpoint is disabled,
 * or deleted, or asked us to wait. `more`: there may be more that are due.
 */
export async function claimDue(
  { sql }: Db,
  endpointId: string,
  max: number,
): Promise<{ endpoint: Endpoint; claimed: Claimed[]; more: boolean } | null> {
  const [endpoint] = await sql<Endpoint[]>`
    select *, now() as now from webhook_endpoints
    where id = ${endpointId} and enabled and deleted_at is null and coalesce(resumes_at <= now(), true)`
  if (!endpoint) return null
  const seen = await sql<(Claimed & { isFirst: boolean })[]>`
    with due as (
      select id, verification_id, sequence from webhook_deliveries
      where endpoint_id = ${endpointId} and due_at <= now() + ${ROUNDED_MS} * interval '1 millisecond'
      order by due_at, id limit ${max} for update skip locked)
    update webhook_deliveries d
    set due_at = case
      when ahead.due_at is null then now() + ${LEASE_SECONDS} * interval '1 second'
      when ahead.due_at <= now() + ${LEASE_SECONDS} * interval '1 second'
        then now() + ${BEHIND_SECONDS} * interval '1 second'
      else ahead.due_at end
    from due left join lateral (
      select a.due_at from webhook_deliveries a
      where a.verification_id = due.verification_id and a.endpoint_id = ${endpointId}
        and a.sequence < due.sequence and a.status = 'waiting'
      order by a.sequence limit 1) ahead on true
    where d.id = due.id
    returning d.id, d.event_id, d.tries, d.body::text as text, ahead.due_at is null as is_first`
  // `returning` keeps no order, and ids sort by time.
  const claimed = seen.filter(({ isFirst }) => isFirst).sort((a, b) => (a.id < b.id ? -1 : 1))
  return { endpoint, claimed, more: seen.length === max }
}
