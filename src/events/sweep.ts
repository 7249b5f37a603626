import type { Context } from '../context.ts'
import { idBefore } from '../values/ids.ts'

/** Endpoints woken, and deliveries ended or deleted, at a time. */
const BATCH = 1000
const DELETED_AT_ONCE = 5000
const KEPT_DAYS = 30
const DAY_MS = 86_400_000

/** Wakes the endpoints that have due deliveries, and ends those of deleted endpoints. */
export async function sweepDeliveries({ db: { sql }, queue }: Context): Promise<void> {
  const endpoints = await sql<{ id: string }[]>`
    select e.id from webhook_endpoints e
    where e.enabled and e.deleted_at is null and coalesce(e.resumes_at <= now(), true)
      and exists (select from webhook_deliveries d where d.endpoint_id = e.id and d.due_at <= now())
    order by random() limit ${BATCH}`
  queue.enqueue(endpoints.map(({ id }) => ({ name: 'deliver', payload: { endpoint: id } })))
  await sql`
    update webhook_deliveries set status = 'cancelled', due_at = null, ended_at = now()
    where id in (
      select d.id from webhook_endpoints e cross join lateral (
        select id from webhook_deliveries
        where endpoint_id = e.id and due_at is not null limit ${BATCH} for update skip locked) d
      where e.deleted_at > now() - ${KEPT_DAYS + 1} * interval '1 day' limit ${BATCH})`
}

/** Deletes up to 5000 deliveries that are older than 30 days, whatever became of them. Resolves to their number. */
export async function pruneDeliveries({ db: { sql } }: Context): Promise<number> {
  const before = idBefore(new Date(Date.now() - KEPT_DAYS * DAY_MS))
  const deleted = await sql`
    delete from webhook_deliveries where id = any(array(
      select id from webhook_deliveries where id < ${before} order by id limit ${DELETED_AT_ONCE}
      for update skip locked))`
  return deleted.count
}
