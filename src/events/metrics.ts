import type { Db } from '../db/client.ts'
import { gauge } from '../process/metrics.ts'

const WAITING_MAX = 100_000

/** Exports what waits for receivers of webhooks, from the database at each scrape. */
export function exportWebhookMetrics({ sql }: Db): void {
  gauge(
    'ringproof_webhooks_waiting',
    `Webhook deliveries without a final status, also of disabled endpoints; counts the first ${WAITING_MAX}.`,
    async (own) => {
      const [row] = await sql<{ waiting: number }[]>`
        select count(*)::int as waiting from (
          select from webhook_deliveries where due_at is not null limit ${WAITING_MAX}) w`
      own.set(row?.waiting ?? 0)
    },
  )
  gauge(
    'ringproof_webhooks_oldest_seconds',
    'How long the first delivery that should be sent has been due; 0 if none is.',
    async (own) => {
      const [row] = await sql<{ seconds: number }[]>`
        select coalesce(greatest(extract(epoch from now() - min(d.due_at)), 0), 0)::float8 as seconds
        from webhook_endpoints e cross join lateral (
          select due_at from webhook_deliveries
          where endpoint_id = e.id and due_at is not null order by due_at limit 1) d
        where e.enabled and e.deleted_at is null and coalesce(e.resumes_at <= now(), true)`
      own.set(row?.seconds ?? 0)
    },
  )
}
