import type { Context } from '../context.ts'
import type { Tx } from '../db/client.ts'
import { DIMENSIONS } from '../db/schema/statistics.ts'
import type { Statement, Tag } from '../db/sql.ts'
import { idAfter, idBefore } from '../values/ids.ts'
import { OVER_AFTER_MS } from '../values/lifetimes.ts'
import { countOf } from './count.ts'
import { floorHour } from './spans.ts'
import { type Owner, startedIn } from './where.ts'

const HOUR_MS = 3_600_000
const SKEW_MS = 120_000
/** Keeps the locks on statistics apart from those on phones, counters, ranges and standings. */
const LOCKS = 4
const OWNERS_MAX = 500
const NEWS_MAX = 5000
/** How long one owner's hours are counted before it is another's turn. */
const PATIENCE_MS = 20_000

/**
 * Counts the hours that have ended, then older ones back to the first verification, and again those with news. An hour
 * is counted in one transaction with its mark: a crash repeats it, and nothing counts twice.
 */
export async function keepStatistics(context: Pick<Context, 'db'>, now = new Date()): Promise<void> {
  const settled = floorHour(now.getTime() - OVER_AFTER_MS)
  const owners = await context.db.sql<Owner[]>`
    select t.id as tenant_id, m.livemode from tenants t cross join (values (true), (false)) as m (livemode)
    left join statistics_marks s on s.tenant_id = t.id and s.livemode = m.livemode
    where s.to_hour is null or s.to_hour < ${new Date(settled)} or not s.complete
      or exists (select from statistics_news n where n.tenant_id = t.id and n.livemode = m.livemode)
    order by s.to_hour nulls first limit ${OWNERS_MAX}`
  for (const owner of owners) {
    const startedAt = performance.now()
    let isBehind = true
    while (isBehind && performance.now() - startedAt < PATIENCE_MS) {
      isBehind = await context.db.sql.begin((tx) => keepSome(tx, owner, settled))
    }
  }
}

type Mark = { fromHour: Date; toHour: Date; complete: boolean }

/** Counts an hour, or the hours with news. Resolves to whether more is to be done. */
async function keepSome(tx: Tx, owner: Owner, settled: number): Promise<boolean> {
  await lockStatistics(tx, owner)
  const mark = (await readMark(tx, owner)) ?? {
    fromHour: new Date(settled),
    toHour: new Date(settled),
    complete: false,
  }
  const hasNews = await readNews(tx, owner, mark)
  const next = await nextHour(tx, owner, mark, settled)
  if (next !== null) await countHour(tx, owner, next)
  const after: Mark =
    mark.toHour.getTime() < settled
      ? { ...mark, toHour: new Date(next === null ? settled : next + HOUR_MS) }
      : { ...mark, fromHour: new Date(next ?? mark.fromHour), complete: next === null }
  await tx`
    insert into statistics_marks (tenant_id, livemode, from_hour, to_hour, complete)
    values (${owner.tenantId}, ${owner.livemode}, ${after.fromHour}, ${after.toHour}, ${after.complete})
    on conflict (tenant_id, livemode)
    do update set from_hour = excluded.from_hour, to_hour = excluded.to_hour, complete = excluded.complete`
  return hasNews || !after.complete || after.toHour.getTime() < settled
}

/** Locks an owner's statistics until the transaction ends. Take it before writing them. */
export async function lockStatistics(tx: Tx, { tenantId, livemode }: Owner): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`${tenantId} ${livemode ? 'l' : 't'}`}, ${LOCKS}))`
}

/** The hours that are counted; undefined: none. */
export async function readMark(tx: Tag, { tenantId, livemode }: Owner): Promise<Mark | undefined> {
  const [mark] = await tx<Mark[]>`
    select from_hour, to_hour, complete from statistics_marks
    where tenant_id = ${tenantId} and livemode = ${livemode}`
  return mark
}

/**
 * Counts hours with news again. What commits after the news are taken has left news of its own. Resolves to whether
 * there may be more.
 */
async function readNews(tx: Tx, owner: Owner, { fromHour, toHour }: Mark): Promise<boolean> {
  const news = await tx<{ hour: Date }[]>`
    delete from statistics_news where id = any(array(
      select id from statistics_news where tenant_id = ${owner.tenantId} and livemode = ${owner.livemode}
      limit ${NEWS_MAX}))
    returning hour`
  const hours = [...new Set(news.map(({ hour }) => hour.getTime()))]
  for (const hour of hours) {
    // An hour that is not counted yet will be with what the news are about.
    if (hour >= fromHour.getTime() && hour < toHour.getTime()) await countHour(tx, owner, hour)
  }
  return news.length === NEWS_MAX
}

/** The next hour with verifications to count: after the counted ones, then before them; null: none. */
async function nextHour(tx: Tx, owner: Owner, mark: Mark, settled: number): Promise<number | null> {
  const { tenantId, livemode } = owner
  const isForward = mark.toHour.getTime() < settled
  if (!isForward && mark.complete) return null
  const [row] = await (isForward
    ? tx<{ createdAt: Date }[]>`
        select created_at from verifications
        where tenant_id = ${tenantId} and livemode = ${livemode} and id > ${idBefore(mark.toHour)}
          and created_at >= ${mark.toHour} order by id limit 1`
    : tx<{ createdAt: Date }[]>`
        select created_at from verifications
        where tenant_id = ${tenantId} and livemode = ${livemode} and id < ${idAfter(mark.fromHour)}
          and created_at < ${mark.fromHour} order by id desc limit 1`)
  if (!row) return null
  // The order of ids is that of the starts but for the difference between the clocks of two processes.
  const at = row.createdAt.getTime()
  const hour = isForward
    ? Math.max(floorHour(at - SKEW_MS), mark.toHour.getTime())
    : Math.min(floorHour(at + SKEW_MS), mark.fromHour.getTime() - HOUR_MS)
  return isForward && hour >= settled ? null : hour
}

async function countHour(tx: Tx, owner: Owner, hour: number): Promise<void> {
  const { tenantId, livemode } = owner
  await tx`
    delete from statistics
    where tenant_id = ${tenantId} and livemode = ${livemode} and dimension = any(${[...DIMENSIONS]}::text[])
      and hour = ${new Date(hour)} and not erased`
  const started = startedIn(tx, owner, { from: hour, to: hour + HOUR_MS })
  await addCounts(tx, owner, tx`${started} and v.tallied is null`, { erased: false, sign: 1 })
}

/** Adds the counts of verifications to the statistics, or takes them away. */
export async function addCounts(
  tx: Tx,
  { tenantId, livemode }: Owner,
  where: Statement<object[]>,
  { erased, sign }: { erased: boolean; sign: 1 | -1 },
): Promise<void> {
  await tx`
    insert into statistics as s (tenant_id, livemode, dimension, hour, key, erased, names, counts)
    select ${tenantId}::uuid, ${livemode}, dimension, hour, key, ${erased}, array_agg(name), array_agg(${sign}::int * count)
    from (${countOf(tx, where, DIMENSIONS)}) as c
    group by dimension, hour, key
    order by dimension, hour, key
    on conflict (tenant_id, livemode, dimension, hour, key, erased)
    do update set (names, counts) = (
      select array_agg(name), array_agg(count) from (
        select name, sum(count)::bigint as count from (
          select unnest(s.names) as name, unnest(s.counts) as count
          union all select unnest(excluded.names), unnest(excluded.counts)) as both_counts
        group by name) as added)`
}
