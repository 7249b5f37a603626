import { type ClientContext, readersOf } from '../context.ts'
import { WAS_REACHED } from '../db/conditions.ts'
import { idBefore } from '../values/ids.ts'

const SPAN_MS = 5 * 60_000
/** Of the newest, so that the page opens as fast at any rate. */
export const RECENT_MAX = 10_000

export type Recent = { started: number; delivered: number; approved: number }

/** How the verifications of the last five minutes are doing: the newest ten thousand of them. */
export async function countRecent(context: ClientContext, now = new Date()): Promise<Recent> {
  const { tenantId, livemode } = context.actor
  const from = new Date(now.getTime() - SPAN_MS)
  const { sql } = readersOf(context)
  const [row] = await sql<Record<keyof Recent, bigint>[]>`
    select count(*) filter (where status <> 'denied') as started,
      count(*) filter (where ${sql.unsafe(WAS_REACHED)}) as delivered,
      count(*) filter (where status = 'approved') as approved
    from (
      select status, delivered_at from verifications
      where tenant_id = ${tenantId} and livemode = ${livemode} and id >= ${idBefore(from)} and created_at >= ${from}
      order by id desc limit ${RECENT_MAX}) v`
  const count = (name: keyof Recent) => Number(row?.[name] ?? 0)
  return { started: count('started'), delivered: count('delivered'), approved: count('approved') }
}
