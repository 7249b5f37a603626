import { setTimeout as pause } from 'node:timers/promises'
import { gauge } from '../process/metrics.ts'
import { withoutQuery } from '../process/without-query.ts'
import type { Sql } from './sql.ts'

/** The tables that are partitioned by the month in which their verification began, in UTC. */
export const PARTITIONED = [
  'verifications',
  'attempts',
  'asked_providers',
  'audit_events',
  'ledger_transactions',
] as const

/** Everybody who needs a table waits behind the one who waits for its lock: better to give up and come again. */
export const LOCK_PATIENCE_MS = 300
const PAUSE_MS = 200
const TRIES_MAX = 20
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Makes the partitions of the next three months, as far as they are missing. Resolves to their number. Throws if the
 * tables stay locked for ten seconds.
 */
export async function makePartitions(sql: Sql): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return await sql.begin(async (tx) => {
        await tx`select set_config('lock_timeout', ${String(LOCK_PATIENCE_MS)}, true)`
        const [row] = await tx<{ made: number }[]>`select make_partitions() as made`
        return row?.made ?? 0
      })
    } catch (error) {
      const { code } = withoutQuery(error) as { code?: string }
      if (code !== LOCK_NOT_AVAILABLE || tries === TRIES_MAX) throw error
      await pause(PAUSE_MS)
    }
  }
}

/** Exports for how many months after this one every partitioned table has partitions. */
export function exportPartitionMetrics({ sql }: { sql: Sql }): void {
  gauge(
    'ringproof_partitions_ahead_months',
    'Months after this one for which every partitioned table has a partition.',
    async (own) => {
      const [row] = await sql<{ months: number | null }[]>`
        select min(months)::int as months from (
          select max(extract(year from age(month, this_month)) * 12 + extract(month from age(month, this_month))) as months
          from (
            select i.inhparent, to_date(right(c.relname, 7), 'YYYY_MM')::timestamp as month,
              date_trunc('month', now() at time zone 'utc') as this_month
            from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where c.relkind = 'r' and c.relname ~ '_[0-9]{4}_[0-9]{2}$') as parts
          group by inhparent) as tables`
      if (typeof row?.months === 'number') own.set(row.months)
    },
  )
}
