import type { App } from '../context.ts'
import { gauge, oncePerScrape } from '../process/metrics.ts'

const IN_FLIGHT_MAX = 100_000
const OVERDUE_MAX = 1000

type InFlight = { channel: string; provider: string; mode: string; calls: number }

/** Exports what is under way and what should not be, from the database and the queue at each scrape. */
export function exportCallMetrics({ db: { sql }, queue }: Pick<App, 'db' | 'queue'>): void {
  gauge(
    'ringproof_calls_in_flight',
    `Calls and messages that operators are placing or have placed; counts the first ${IN_FLIGHT_MAX}.`,
    async (own) => {
      const rows = await sql<InFlight[]>`
        select t.channel, a.provider, case when a.sandbox_tenant_id is null then 'live' else 'test' end as mode,
          sum(t.calls)::int as calls
        from (
          select account_id, channel, count(*) as calls from (
            select account_id, channel from due_attempts where account_id is not null
            limit ${IN_FLIGHT_MAX}
          ) open group by 1, 2
        ) t join provider_accounts a on a.id = t.account_id group by 1, 2, 3`
      for (const { calls, ...labels } of rows) own.set(labels, calls)
    },
    ['channel', 'provider', 'mode'],
  )
  gauge(
    'ringproof_overdue_verifications',
    `Verifications without a final status a minute after their end: should be 0; counts the first ${OVERDUE_MAX}.`,
    async (own) => {
      const [row] = await sql<{ overdue: number }[]>`
        select count(*)::int as overdue from (
          select from live_verifications
          where expires_at < now() - interval '1 minute'
          limit ${OVERDUE_MAX}
        ) late`
      own.set(row?.overdue ?? 0)
    },
  )
  const backlog = oncePerScrape(() => queue.backlog())
  gauge(
    'ringproof_queue_bundles',
    'Bundles of up to 100 jobs: waiting for a worker, delayed until they are due, active in a worker.',
    async (own) => {
      for (const { queue: name, oldestSeconds: _, ...counts } of await backlog()) {
        for (const [state, count] of Object.entries(counts)) own.set({ queue: name, state }, count)
      }
    },
    ['queue', 'state'],
  )
  gauge(
    'ringproof_queue_oldest_seconds',
    'How long the first waiting bundle has been due; 0 if none waits.',
    async (own) => {
      for (const { queue: name, oldestSeconds } of await backlog()) own.set({ queue: name }, oldestSeconds)
    },
    ['queue'],
  )
}
