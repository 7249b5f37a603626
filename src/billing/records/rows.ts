import type { Db } from '../../db/client.ts'
import { idAfter, idBefore } from '../../ids.ts'
import type { Attempt } from '../../verifications/draft.ts'

export type RecordRow = Pick<
  Attempt,
  | 'id'
  | 'verificationId'
  | 'ordinal'
  | 'channel'
  | 'provider'
  | 'status'
  | 'statusDetail'
  | 'charge'
  | 'priceMicros'
  | 'priceCurrency'
  | 'costMicros'
  | 'costCurrency'
> & { phone: string; placedAt: Date }

/** Behind which row a page begins. */
export type Place = { verificationId: string; ordinal: number }

export type RecordFilter = {
  tenantId: string
  livemode: boolean
  phone: string | null
  from: Date | null
  to: Date | null
  after?: Place | null
}

/** No call is placed later after the start of its verification than this. */
const LIFETIME_MS = 15 * 60_000

/** Calls that were placed, in the order of their verifications, newest first: an order that an index has. */
export function readRecords(
  { sql }: Pick<Db, 'sql'>,
  { tenantId, livemode, phone, from, to, after }: RecordFilter,
  limit: number,
): Promise<RecordRow[]> {
  const ofPhone = phone === null ? sql`` : sql`and v.phone = ${phone}`
  const since = from ? sql`and v.id >= ${idBefore(new Date(from.getTime() - LIFETIME_MS))}` : sql``
  const until = to ? sql`and v.id <= ${idAfter(to)}` : sql``
  const placedSince = from ? sql`and placed_at >= ${from}` : sql``
  const placedUntil = to ? sql`and placed_at <= ${to}` : sql``
  const behind = after
    ? sql`and v.id <= ${after.verificationId} and (v.id < ${after.verificationId} or a.ordinal < ${after.ordinal})`
    : sql``
  // `offset 0` keeps the planner to the order of the index: verification by verification, so that the last page costs what the first does.
  return sql<RecordRow[]>`
    select a.id, a.verification_id, a.ordinal, v.phone, a.placed_at, a.channel, a.provider, a.status, a.status_detail,
      a.charge, a.price_micros, a.price_currency, a.cost_micros, a.cost_currency
    from verifications v cross join lateral (
      select * from attempts
      where verification_id = v.id and placed_at is not null ${placedSince} ${placedUntil} offset 0) a
    where v.tenant_id = ${tenantId} and v.livemode = ${livemode} ${ofPhone} ${since} ${until} ${behind}
    order by v.id desc, a.ordinal desc limit ${limit}`
}
