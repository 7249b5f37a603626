import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { PhoneCounter, Verification } from '../draft/rows.ts'
import type { Requester, Secrets } from '../secrets.ts'

/** A requester is known for a phone for this long after its last approval there. */
export const KNOWN_DAYS = 90

/** Whether the phone was approved in the last 90 days: by this requester, and by anyone. */
export type Familiar = { requester: boolean; phone: boolean }

export const STRANGE: Familiar = { requester: false, phone: false }

/** How many of a phone's newest verifications are searched for an approved one. */
const LOOKED_THROUGH = 500

type Phone = Pick<Verification, 'tenantId' | 'livemode' | 'phone'>
/** `isRangeClosed`: whether to look for an approval of the phone by anyone. */
export type Asked = Phone & { requester: Requester | null; isRangeClosed: boolean }

/** The lookup for a request; null if no limit needs one. */
export const toAsk = (
  { tenantId, livemode, phone }: Phone,
  requester: Requester | null,
  isRangeClosed: boolean,
): Asked | null =>
  requester || isRangeClosed ? { tenantId, livemode, phone, requester, isRangeClosed } : null

const hex = (bytes: Buffer) => `\\x${bytes.toString('hex')}`

function phoneKeys(secrets: Secrets, { tenantId, phone }: Phone): Buffer[] {
  return [secrets.pseudonym(tenantId, phone), ...secrets.formerPseudonyms(tenantId, phone)]
}

/** Looks up each request, in their order, in at most one statement. */
export async function readFamiliar(
  tx: Tx,
  secrets: Secrets,
  asked: readonly (Asked | null)[],
): Promise<Familiar[]> {
  const lookups = asked.flatMap((one, position) => {
    if (!one) return []
    const requesters = one.requester ?? [null]
    return phoneKeys(secrets, one).flatMap((phoneKey) =>
      requesters.map((requester) => ({
        position,
        tenant_id: one.tenantId,
        livemode: one.livemode,
        phone_key: hex(phoneKey),
        phone: one.isRangeClosed ? one.phone : null,
        requester: requester && hex(requester),
      })),
    )
  })
  const familiar = asked.map(() => ({ ...STRANGE }))
  if (lookups.length === 0) return familiar
  // `lateral` with `limit` makes each lookup use the primary key.
  const rows = await tx<(Familiar & { position: number })[]>`
    select k.position, r.approved_at is not null as requester,
      coalesce(p.approved_at, v.completed_at) is not null as phone
    from json_to_recordset(${JSON.stringify(lookups)}::json)
      as k (position int, tenant_id uuid, livemode bool, phone_key bytea, phone text, requester bytea)
    left join lateral (
      select approved_at from known_requesters
      where tenant_id = k.tenant_id and livemode = k.livemode and phone_key = k.phone_key
        and requester = k.requester and approved_at > now() - make_interval(days => ${KNOWN_DAYS})
      limit 1) as r on true
    left join lateral (
      select approved_at from known_requesters
      where tenant_id = k.tenant_id and livemode = k.livemode and phone_key = k.phone_key
        and k.phone is not null and approved_at > now() - make_interval(days => ${KNOWN_DAYS})
      limit 1) as p on true
    left join lateral (
      select completed_at from (
        select status, completed_at from verifications
        where tenant_id = k.tenant_id and livemode = k.livemode and right(phone, 4) = right(k.phone, 4)
          and phone = k.phone
        order by id desc limit ${LOOKED_THROUGH}) as newest
      where status = 'approved' and completed_at > now() - make_interval(days => ${KNOWN_DAYS})
      limit 1) as v on true`
  for (const { position, requester, phone } of rows) {
    const one = familiar[position] as Familiar
    one.requester ||= requester
    one.phone ||= phone
  }
  return familiar
}

/** The statement that saves the approved requesters of the phones' counters, if any. */
export function saveFamiliar(tx: Tx, counters: readonly PhoneCounter[]): Statement<object[]>[] {
  const rows = counters.flatMap(({ tenantId, livemode, phoneKey, approved }) =>
    approved.map((requester) => ({
      tenant_id: tenantId,
      livemode,
      phone_key: hex(phoneKey),
      requester: hex(requester),
    })),
  )
  if (rows.length === 0) return []
  return [
    tx`
    insert into known_requesters (tenant_id, livemode, phone_key, requester, approved_at)
    select distinct tenant_id, livemode, phone_key, requester, now()
    from json_populate_recordset(null::known_requesters, ${JSON.stringify(rows)}::json)
    order by tenant_id, livemode, phone_key, requester
    on conflict (tenant_id, livemode, phone_key, requester) do update set approved_at = excluded.approved_at`,
  ]
}

/** Forgets the known requesters of these phones: those approved before `before`, or all (null). */
export async function forgetFamiliar(
  tx: Tx,
  secrets: Secrets,
  phones: readonly Phone[],
  before: Date | null,
): Promise<void> {
  const keys = phones.flatMap((one) =>
    phoneKeys(secrets, one).map((key) => ({
      tenant_id: one.tenantId,
      livemode: one.livemode,
      phone_key: hex(key),
    })),
  )
  await tx`
    delete from known_requesters r
    using json_to_recordset(${JSON.stringify(keys)}::json) as k (tenant_id uuid, livemode bool, phone_key bytea)
    where r.tenant_id = k.tenant_id and r.livemode = k.livemode and r.phone_key = k.phone_key
      and (${before}::timestamptz is null or r.approved_at < ${before}::timestamptz)`
}
