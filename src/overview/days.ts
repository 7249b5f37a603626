import { type ClientContext, readersOf } from '../context.ts'
import { WAS_REACHED } from '../db/conditions.ts'
import { idBefore } from '../values/ids.ts'

/** Counts at most this many verifications of a day; beyond that, the newest stand for all. */
const ROWS_MAX = 200_000
const DAY_MS = 86_400_000

/** Outcomes of the verifications started in a span. Times are in seconds; null without a value. */
export type DayCounts = {
  starts: number
  /** Of the starts: those whose code we check ourselves. The others count in no conversion. */
  checked: number
  delivered: number
  approved: number
  denied: number
  deliverMedian: number | null
  deliverP95: number | null
  approveMedian: number | null
  approveP95: number | null
  /** Whether there were more than counted. */
  truncated: boolean
}

type Row = Omit<DayCounts, 'truncated' | 'starts' | 'checked' | 'delivered' | 'approved' | 'denied'> & {
  rows: bigint
  starts: bigint
  checked: bigint
  delivered: bigint
  approved: bigint
  denied: bigint
}

/** Today so far (UTC), and yesterday up to the same time of day. */
export async function compareDays(context: ClientContext, now = new Date()) {
  const midnight = new Date(now.getTime() - (now.getTime() % DAY_MS))
  const before = (time: Date) => new Date(time.getTime() - DAY_MS)
  const [today, yesterday] = await Promise.all([
    countDay(context, midnight, now),
    countDay(context, before(midnight), before(now)),
  ])
  return { from: midnight, to: now, today, yesterday }
}

async function countDay(context: ClientContext, from: Date, to: Date): Promise<DayCounts> {
  const { actor } = context
  const { sql } = readersOf(context)
  const [row] = await sql<Row[]>`
    select count(*) as rows,
      count(*) filter (where status <> 'denied') as starts,
      count(*) filter (where status <> 'denied' and compat_credential_id is null) as checked,
      count(*) filter (where ${sql.unsafe(WAS_REACHED)}) as delivered,
      count(*) filter (where status = 'approved') as approved,
      count(*) filter (where status = 'denied') as denied,
      percentile_cont(0.5) within group (order by extract(epoch from delivered_at - created_at)) as deliver_median,
      percentile_cont(0.95) within group (order by extract(epoch from delivered_at - created_at)) as deliver_p95,
      percentile_cont(0.5) within group (order by extract(epoch from completed_at - created_at))
        filter (where status = 'approved') as approve_median,
      percentile_cont(0.95) within group (order by extract(epoch from completed_at - created_at))
        filter (where status = 'approved') as approve_p95
    from (
      select status, compat_credential_id, created_at, delivered_at, completed_at from verifications
      where tenant_id = ${actor.tenantId} and livemode = ${actor.livemode}
        and id >= ${idBefore(from)} and created_at >= ${from} and created_at <= ${to}
      order by id desc limit ${ROWS_MAX}) v`
  if (!row) throw new Error('an aggregate returned no row')
  const { rows, starts, checked, delivered, approved, denied, ...times } = row
  return {
    ...times,
    starts: Number(starts),
    checked: Number(checked),
    delivered: Number(delivered),
    approved: Number(approved),
    denied: Number(denied),
    truncated: Number(rows) === ROWS_MAX,
  }
}
