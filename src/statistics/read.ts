import { type ClientContext, readersOf } from '../context.ts'
import type { Statement, Tag } from '../db/sql.ts'
import { countOf, type Dimension } from './count.ts'
import { readMark } from './keep.ts'
import { divide, type Span } from './spans.ts'
import { startedIn } from './where.ts'

/** Hours and days, in UTC, are groups of the dimension `total`. */
export type Grouping = 'hour' | 'day' | 'total' | Exclude<Dimension, 'total'>

/** Counts by name: `started`, `deliver 12`, `cost RUB`, … */
export type Counts = ReadonlyMap<string, bigint>

type Row = { key: string; name: string; count: bigint }

/**
 * The counts of the caller's verifications started in a span, by key. Whole hours come from the statistics where they are
 * counted, the rest from the verifications: exact at any moment, whatever is counted so far. Of phones that were
 * erased, only whole hours know country, prefix and carrier.
 */
export async function readCounts(
  context: ClientContext,
  { groupBy, from, to }: { groupBy: Grouping; from: Date; to: Date },
): Promise<Map<string, Counts>> {
  const span = { from: from.getTime(), to: to.getTime() }
  const rows = await readRows(readersOf(context).sql, context, groupBy, span)
  const groups = new Map<string, Map<string, bigint>>()
  for (const { key, name, count } of rows) {
    const group = groups.get(key) ?? new Map<string, bigint>()
    groups.set(key, group.set(name, (group.get(name) ?? 0n) + count))
  }
  return groups
}

/** The oldest hour that is counted while older ones are still to be; null once none is, or before any is. */
export async function countedSince(context: ClientContext): Promise<Date | null> {
  const mark = await readMark(readersOf(context).sql, context.actor)
  return mark && !mark.complete ? mark.fromHour : null
}

/**
 * In one statement, so that an hour is either counted or not for all that is read. What is counted only grows, so
 * a mark read before still holds.
 */
async function readRows(sql: Tag, { actor }: ClientContext, groupBy: Grouping, span: Span): Promise<Row[]> {
  const { tenantId, livemode } = actor
  const mark = await readMark(sql, actor)
  const covered = { from: mark?.fromHour.getTime() ?? 0, to: mark?.toHour.getTime() ?? 0 }
  const { kept, counted, rest } = divide(span, covered)
  const dimension = groupBy === 'hour' || groupBy === 'day' ? 'total' : groupBy
  const { of, shown } = KEYS[groupBy] ?? { of: 'key', shown: 'key' }
  const [key, asText] = [sql.unsafe(of), sql.unsafe(shown)]
  const ofStatistics = sql`
    select ${key} as key, n.name, sum(n.count)::bigint as count
    from statistics s cross join lateral unnest(s.names, s.counts) as n (name, count)
    where tenant_id = ${tenantId} and livemode = ${livemode} and dimension = ${dimension}
      and hour >= ${new Date(kept.from)} and hour < ${new Date(kept.to)}
      and (erased or (hour >= ${new Date(counted.from)} and hour < ${new Date(counted.to)}))
    group by 1, 2`
  const ofVerifications = rest.map((one) => {
    const isKept = sql`v.created_at >= ${new Date(kept.from)} and v.created_at < ${new Date(kept.to)}`
    const where = sql`${startedIn(sql, actor, one)} and (v.tallied is null or not (${isKept}))`
    return sql`
      select ${key} as key, name, sum(count)::bigint as count
      from (${countOf(sql, where, [dimension])}) as s group by 1, 2`
  })
  const all = ofVerifications.reduce<Statement<unknown>>(
    (others, one) => sql`${others} union all ${one}`,
    ofStatistics,
  )
  return sql<Row[]>`select ${asText} as key, name, count from (${all}) as g`
}

/** Hours and days are grouped as times, and formatted last. */
const KEYS: Partial<Record<Grouping, { of: string; shown: string }>> = {
  hour: { of: 'hour', shown: `to_char(key at time zone 'utc', 'YYYY-MM-DD"T"HH24:00:00"Z"')` },
  day: { of: `(hour at time zone 'utc')::date`, shown: `to_char(key, 'YYYY-MM-DD')` },
}
