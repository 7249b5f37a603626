import { type ClientContext, readersOf } from '../context.ts'
import { isPhone } from '../db/conditions.ts'
import { askedPhone } from '../input/asked-phone.ts'
import { ACTIVE_STATUSES } from '../values/statuses.ts'

/** Verifications counted; beyond that there are “more”. */
export const COUNTED_MAX = 10_000

/** `verifications`: at most 10,000 are counted. `live`: those that would be cancelled first. */
export type ErasurePreview = { phone: string; verifications: number; live: number }

/**
 * What an erasure of the phone would erase, in the mode of the key. Changes nothing. Throws 422 for an
 * impossible phone.
 */
export async function previewErasure(
  context: ClientContext,
  input: { phone: string },
): Promise<ErasurePreview> {
  const { tenantId, livemode, defaultRegion } = context.actor
  const phone = askedPhone(input.phone, defaultRegion) ?? ''
  const { sql } = readersOf(context)
  const [found] = await sql<{ verifications: number; live: number }[]>`
    select count(*)::int as verifications, count(*) filter (where status = any(${ACTIVE_STATUSES}))::int as live
    from (
      select status from verifications v
      where tenant_id = ${tenantId} and livemode = ${livemode} ${isPhone(sql, phone)}
      order by id desc limit ${COUNTED_MAX}) newest`
  return { phone, verifications: found?.verifications ?? 0, live: found?.live ?? 0 }
}
