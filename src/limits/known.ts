import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Secrets } from '../secrets.ts'
import type { Draft, Verification } from '../verifications/draft.ts'
import type { Requester } from './requester.ts'

/** How long after its last approval of a phone a requester is known for it. */
export const KNOWN_DAYS = 90

/** What is known of a request: whether its requester approved the phone lately, and whether anybody did. */
export type Familiar = { requester: boolean; phone: boolean }

export const STRANGE: Familiar = { requester: false, phone: false }

type Phone = Pick<Verification, 'tenantId' | 'livemode' | 'phone'>
export type Asked = Phone & { requester: Requester | null }

const hex = (bytes: Buffer) => `\\x${bytes.toString('hex')}`

function phoneKeys(secrets: Secrets, { tenantId, phone }: Phone): Buffer[] {
  return [secrets.pseudonym(tenantId, phone), ...secrets.formerPseudonyms(tenantId, phone)]
}

/** What is known of each request, in their order. One statement; none where nothing is asked. */
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
        requester: requester && hex(requester),
      })),
    )
  })
  const familiar = asked.map(() => ({ ...STRANGE }))
  if (lookups.length === 0) return familiar
  // `lateral` and `limit`, so that each is looked up in the primary key.
  const rows = await tx<(Familiar & { position: number })[]>`
    select k.position, r.approved_at is not null as requester, p.approved_at is not null as phone
    from json_to_recordset(${JSON.stringify(lookups)}::json)
      as k (position int, tenant_id uuid, livemode bool, phone_key bytea, requester bytea)
    left join lateral (
      select approved_at from known_requesters
      where tenant_id = k.tenant_id and livemode = k.livemode and phone_key = k.phone_key
        and requester = k.requester and approved_at > now() - make_interval(days => ${KNOWN_DAYS})
      limit 1) as r on true
    left join lateral (
      select approved_at from known_requesters
      where tenant_id = k.tenant_id and livemode = k.livemode and phone_key = k.phone_key
        and approved_at > now() - make_interval(days => ${KNOWN_DAYS})
      limit 1) as p on true`
  for (const { position, requester, phone } of rows) {
    const one = familiar[position] as Familiar
    one.requester ||= requester
    one.phone ||= phone
  }
  return familiar
}

/** The statement that remembers who approved: the requester of the right code, else that of the start, else nobody. */
export function saveFamiliar(tx: Tx, secrets: Secrets, drafts: readonly Draft[]): Statement<object[]>[] {
  const approvals = drafts.filter(({ verification, now }) => {
    return verification.status === 'approved' && verification.completedAt?.getTime() === now.getTime()
  })
  if (approvals.length === 0) return []
  const rows = approvals.map(({ verification, approvedBy, now }) => ({
    tenant_id: verification.tenantId,
    livemode: verification.livemode,
    phone_key: hex(secrets.pseudonym(verification.tenantId, verification.phone)),
    requester: hex(approvedBy ?? verification.requester ?? Buffer.alloc(0)),
    approved_at: now,
  }))
  return [
    tx`
    insert into known_requesters (tenant_id, livemode, phone_key, requester, approved_at)
    select distinct tenant_id, livemode, phone_key, requester, approved_at
    from json_populate_recordset(null::known_requesters, ${JSON.stringify(rows)}::json)
    order by tenant_id, livemode, phone_key, requester
    on conflict (tenant_id, livemode, phone_key, requester) do update set approved_at = excluded.approved_at`,
  ]
}

/** Forgets who approved these phones, `before` then or (null) ever. */
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
