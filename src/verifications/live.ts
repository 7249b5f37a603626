import type { Tx } from '../db/client.ts'
import type { Verification } from '../draft/rows.ts'
import { isFinal } from './state.ts'

/** More verifications than can be live or overdue for one phone. */
export const LIVE_READ_MAX = 20

/** A phone of a tenant and mode. */
export type PhoneKey = Pick<Verification, 'tenantId' | 'livemode' | 'phone'>

/** A unique string for each phone of a tenant and mode. */
export const nameOf = ({ tenantId, livemode, phone }: PhoneKey) =>
  `${tenantId}${livemode ? 'l' : 't'}${phone}`

/** Locks phones, always in the same order, whether or not they have verifications. */
export async function lockPhones(tx: Tx, phones: readonly string[]): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(phone, 0) as key
      from unnest(${phones}::text[]) as phone order by key) as keys`
}

/**
 * Locks the live and overdue verifications of phones, in the order in which every caller locks verifications.
 */
export async function lockLive(tx: Tx, phones: readonly PhoneKey[]): Promise<Verification[]> {
  // `lateral` makes PostgreSQL use the index per phone.
  const rows = await tx<Verification[]>`
    select v.* from verifications v
    where v.id = any(array(
      select l.id from json_to_recordset(${JSON.stringify(phones)}::json)
        as p ("tenantId" uuid, livemode bool, phone text)
      cross join lateral (
        select verification_id as id from live_verifications
        where tenant_id = p."tenantId" and livemode = p.livemode and phone = p.phone
        limit ${LIVE_READ_MAX}) as l))
    order by v.id for update`
  // A verification may have ended while this waited for its lock.
  return rows.filter(({ status }) => !isFinal(status))
}
