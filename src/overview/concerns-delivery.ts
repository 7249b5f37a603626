import type { ClientContext } from '../context.ts'
import { WAS_REACHED } from '../db/conditions.ts'
import { idBefore } from '../values/ids.ts'
import type { Concern } from './concern.ts'

const DAY_MS = 86_400_000
const ROWS_MAX = 200
/** With fewer calls, half may fail by chance. */
const CALLS_MIN = 10

/** Whether half of the newest verifications of the last day that rang or ended never reached their phone. */
export async function findDeliveryConcerns(
  { db: { sql }, actor }: ClientContext,
  now = new Date(),
): Promise<Concern[]> {
  const from = new Date(now.getTime() - DAY_MS)
  const [row] = await sql<{ calls: bigint; undelivered: bigint; failed: bigint }[]>`
    select count(*) as calls, count(*) filter (where not ${sql.unsafe(WAS_REACHED)}) as undelivered,
      count(*) filter (where delivered_at is null and status = 'failed') as failed
    from (
      select status, delivered_at from verifications
      where tenant_id = ${actor.tenantId} and livemode = ${actor.livemode} and id >= ${idBefore(from)} and created_at >= ${from}
      order by id desc limit ${ROWS_MAX}) v
    where status in ('delivered', 'approved', 'locked', 'failed', 'expired')`
  const [calls, undelivered] = [Number(row?.calls ?? 0), Number(row?.undelivered ?? 0)]
  if (calls < CALLS_MIN || undelivered * 2 < calls) return []
  const status = Number(row?.failed ?? 0) * 2 >= undelivered ? 'failed' : 'expired'
  return [{ kind: 'undelivered', undelivered, calls, status }]
}
