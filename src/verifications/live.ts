import type { Tx } from '../db/client.ts'
import type { Verification } from '../draft/rows.ts'
import { isFinal } from './state.ts'

/** More than can be live for a phone, with those that are overdue. */
const LIVE_READ_MAX = 20

/** A phone of a tenant and mode. */
export type PhoneKey = Pick<Verification, 'tenantId' | 'livemode' | 'phone'>

/** One text for each. */
export const nameOf = ({ tenantId, livemode, phone }: PhoneKey) =>
  `${tenantId}${livemode ? 'l' : 't'}${phone}`

/** Locks phones, in one order everywhere, whether or not there is a verification of them. */
export async function lockPhones(tx: Tx, phones: readonly string[]): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(phone, 0) as key
      from unnest(${phones}::text[]) as phone order by key) as keys`
}

/** Locks the live verifications of phones, and those that are overdue, in the order in which all lock verifications. */
export async function lockLive(tx: Tx, phones: readonly PhoneKey[]): Promise<Verification[]> {
  // `lateral`, and the condition in the words of the index of live verifications, so that each is looked up in it.
  const rows = await tx<Verification[]>`
    select v.* from verifications v
    where v.id = any(array(
      select l.id from json_to_recordset(${JSON.stringify(phones)}::json)
        as p ("tenantId" uuid, livemode bool, phone text)
      cross join lateral (
        select id from verifications
        where tenant_id = p."tenantId" and livemode = p.livemode and phone = p.phone and completed_at is null
        limit ${LIVE_READ_MAX}) as l))
    order by v.id for update`
  // One that ended while this waited for it is live no more.
  return rows.filter(({ status }) => !isFinal(status))
}
