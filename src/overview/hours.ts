import { type ClientContext, readersOf } from '../context.ts'
import { WAS_REACHED } from '../db/conditions.ts'
import { idAfter, idBefore } from '../values/ids.ts'
import { OVER_AFTER_MS } from '../values/lifetimes.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const DAYS = 30
/** How long one request may spend on counting past hours. */
const PATIENCE_MS = 2_000

export type Counts = { starts: number; delivered: number; approved: number; denied: number }
export type Bucket = Counts & { at: Date }

/**
 * Outcomes of verifications, by hour for a day or by day for thirty days. Hours whose verifications have all
 * ended are counted once and kept. `complete` is false while the oldest hours are not counted yet; the next
 * request continues.
 */
export async function countOverTime(
  context: ClientContext,
  span: 'hours' | 'days',
  now = new Date(),
): Promise<{ buckets: Bucket[]; complete: boolean }> {
  const settled = floor(now.getTime() - OVER_AFTER_MS, HOUR_MS)
  const first =
    span === 'hours'
      ? floor(now.getTime(), HOUR_MS) - 23 * HOUR_MS
      : floor(now.getTime(), DAY_MS) - (DAYS - 1) * DAY_MS
  const complete = await fill(context, first, settled)
  const [kept, fresh] = await Promise.all([
    readHours(context, first),
    countHours(context, Math.max(first, settled), now.getTime() + 1),
  ])
  const step = span === 'hours' ? HOUR_MS : DAY_MS
  const empty = { starts: 0, delivered: 0, approved: 0, denied: 0 }
  const buckets = new Map<number, Bucket>()
  for (let at = first; at <= now.getTime(); at += step) buckets.set(at, { at: new Date(at), ...empty })
  for (const hour of [...kept, ...fresh]) {
    const bucket = buckets.get(floor(hour.at.getTime(), step))
    if (bucket) add(bucket, hour)
  }
  return { buckets: [...buckets.values()], complete }
}

const floor = (ms: number, step: number) => ms - (ms % step)

function add(bucket: Counts, { starts, delivered, approved, denied }: Counts): void {
  bucket.starts += starts
  bucket.delivered += delivered
  bucket.approved += approved
  bucket.denied += denied
}

/**
 * Counts and keeps hours a day at a time, newest first, until `from` to `to` is complete or the time is up.
 */
async function fill(context: ClientContext, from: number, to: number): Promise<boolean> {
  const { db, actor } = context
  const [kept] = await db.sql<{ oldest: Date | null; newest: Date | null }[]>`
    select min(hour) as oldest, max(hour) as newest from verification_hours
    where tenant_id = ${actor.tenantId} and livemode = ${actor.livemode}`
  const startedAt = performance.now()
  const isPatient = () => performance.now() - startedAt < PATIENCE_MS
  // The kept hours have no gaps: they grow forwards at the newer end and backwards at the older one.
  let newest = kept?.newest ? kept.newest.getTime() + HOUR_MS : to
  let oldest = kept?.oldest?.getTime() ?? to
  while (newest < to && isPatient()) {
    const end = Math.min(newest + DAY_MS, to)
    await keepHours(context, newest, end)
    newest = end
  }
  while (newest >= to && oldest > from && isPatient()) {
    const start = Math.max(oldest - DAY_MS, from)
    await keepHours(context, start, oldest)
    oldest = start
  }
  return newest >= to && oldest <= from
}

/** Counts on a reader and writes to the primary. */
async function keepHours(context: ClientContext, from: number, to: number): Promise<void> {
  const { db, actor } = context
  const counted = JSON.stringify(await countHours(context, from, to))
  await db.sql`
    insert into verification_hours (tenant_id, livemode, hour, starts, delivered, approved, denied)
    select ${actor.tenantId}, ${actor.livemode}, h, coalesce(c.starts, 0), coalesce(c.delivered, 0), coalesce(c.approved, 0),
      coalesce(c.denied, 0)
    from generate_series(${new Date(from)}::timestamptz, ${new Date(to)}::timestamptz - interval '1 hour', interval '1 hour') h
    left join json_to_recordset(${counted}::json)
      as c (at timestamptz, starts int, delivered int, approved int, denied int) on c.at = h
    on conflict do nothing`
}

async function readHours({ db: { sql }, actor }: ClientContext, from: number): Promise<Bucket[]> {
  return sql<Bucket[]>`
    select hour as at, starts, delivered, approved, denied from verification_hours
    where tenant_id = ${actor.tenantId} and livemode = ${actor.livemode} and hour >= ${new Date(from)}`
}

/** Counts from the verifications, from `from` to before `to`. */
async function countHours(context: ClientContext, from: number, to: number): Promise<Bucket[]> {
  const { actor } = context
  const [start, end] = [new Date(from), new Date(to)]
  const { sql } = readersOf(context)
  return sql<Bucket[]>`
    select date_trunc('hour', created_at, 'UTC') as at,
      count(*) filter (where status <> 'denied')::int as starts,
      count(*) filter (where ${sql.unsafe(WAS_REACHED)})::int as delivered,
      count(*) filter (where status = 'approved')::int as approved,
      count(*) filter (where status = 'denied')::int as denied
    from verifications
    where tenant_id = ${actor.tenantId} and livemode = ${actor.livemode}
      and id between ${idBefore(start)} and ${idAfter(end)} and created_at >= ${start} and created_at < ${end}
    group by 1`
}
