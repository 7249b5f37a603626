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

/** Months after this one. */
const AHEAD = 3
/** Everybody who needs a table waits behind the one who waits for its lock: better to give up and come again. */
export const LOCK_PATIENCE_MS = 300
const PAUSE_MS = 200
const TRIES_MAX = 10
const LOCK_NOT_AVAILABLE = '55P03'

type Missing = { parent: string; month: string }

/**
 * Makes the missing partitions of this month and the next three, each in a transaction of its own. Resolves to their
 * number. Tries again for some seconds where a table is in use, and makes those of the others: throws only at the end, and
 * the next call continues.
 */
export async function makePartitions(sql: Sql, { tries = TRIES_MAX } = {}): Promise<number> {
  let made = 0
  for (let left = tries; ; left--) {
    const failures = new Map<string, unknown>()
    for (const missing of await missingPartitions(sql)) {
      if (failures.has(missing.parent)) continue
      try {
        if (await makePartition(sql, missing)) made += 1
      } catch (error) {
        failures.set(missing.parent, error)
      }
    }
    const [failure] = failures.values()
    if (!failure) return made
    if (left <= 1 || ![...failures.values()].every(isLocked)) throw failure
    await pause(PAUSE_MS)
  }
}

/**
 * Runs a transaction that may insert into a month that nobody has made. Then makes what is missing, and runs it once more.
 */
export async function inMonths<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!lacksPartition(error)) throw error
    await makePartitions(sql, { tries: 1 })
    return work()
  }
}

/** PostgreSQL names the constraint of any other violation. */
function lacksPartition(error: unknown): boolean {
  const { code, constraint, table } = (withoutQuery(error) ?? {}) as Record<string, string | undefined>
  return code === '23514' && !constraint && PARTITIONED.some((name) => name === table)
}

/** Whether starts of this moment have their partitions. */
export async function hasThisMonth(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ covered: boolean }[]>`select count(*) = 0 as covered from missing_partitions(0)`
  return row?.covered ?? false
}

const missingPartitions = (sql: Sql) =>
  sql<Missing[]>`select parent, to_char(month, 'YYYY-MM-DD') as month from missing_partitions(${AHEAD})`

function makePartition(sql: Sql, { parent, month }: Missing): Promise<boolean> {
  return sql.begin(async (tx) => {
    await tx`select set_config('lock_timeout', ${String(LOCK_PATIENCE_MS)}, true)`
    const [row] = await tx<{ made: boolean }[]>`select make_partition(${parent}, ${month}::date) as made`
    return row?.made ?? false
  })
}

const isLocked = (error: unknown) =>
  (withoutQuery(error) as { code?: string } | null)?.code === LOCK_NOT_AVAILABLE

/** Exports for how many months after this one every partitioned table has partitions: -1 if this one lacks them. */
export function exportPartitionMetrics({ sql }: { sql: Sql }): void {
  gauge(
    'ringproof_partitions_ahead_months',
    'Months after this one for which every partitioned table has a partition.',
    async (own) => {
      const [row] = await sql<{ months: number }[]>`
        select coalesce(min(extract(year from gap) * 12 + extract(month from gap)), ${AHEAD + 1})::int - 1 as months
        from (
          select age(month::timestamp, date_trunc('month', now() at time zone 'utc')) as gap
          from missing_partitions(${AHEAD})) as missing
        where gap >= interval '0'`
      if (row) own.set(row.months)
    },
  )
}
