import type { Tx } from '../db/client.ts'
import { eraseDeliveries, eraseFindingDeliveries } from '../events/erase.ts'
import type { Secrets } from '../secrets.ts'
import { tallyErased } from '../statistics/erase.ts'

const ERASED = 'erased:'

/** The erased fields of a verification, as listed in certificates. */
export const ERASED_FIELDS = [
  'phone',
  'country',
  'reference',
  'client_ip',
  'requester',
  'metadata',
  'carrier',
] as const

/** Replaces an erased phone. No phone looks like it, and a tenant's phone always gets the same one. */
export function erasedPhone(secrets: Secrets, tenantId: string, phone: string): string {
  return ERASED + secrets.pseudonym(tenantId, phone).toString('hex')
}

export const isErased = (phone: string) => phone.startsWith(ERASED)

/**
 * Erases the personal data of verifications, which the statistics count first, of their webhook deliveries, and the
 * phone in findings about their calls. The caller has locked the rows. Status, counts, money and audit stay.
 */
export async function eraseRows(
  tx: Tx,
  secrets: Secrets,
  rows: readonly { id: string; tenantId: string; livemode: boolean; phone: string }[],
): Promise<void> {
  const known = rows.filter(({ phone }) => !isErased(phone))
  if (known.length === 0) return
  const owners = Map.groupBy(known, ({ tenantId, livemode }) => `${tenantId} ${livemode}`)
  for (const own of owners.values()) {
    const [first] = own
    if (!first) continue
    await tallyErased(
      tx,
      first,
      own.map(({ id }) => id),
    )
  }
  const replaced = known.map(({ id, tenantId, phone }) => ({
    id,
    phone: erasedPhone(secrets, tenantId, phone),
  }))
  const json = JSON.stringify(replaced)
  // PostgreSQL knows the length of an array, so it looks the ids up instead of scanning the table.
  const ids = known.map(({ id }) => id)
  await tx`
    update verifications v set phone = r.phone, country = null, tallied = true, reference = null, client_ip = null,
      requester = null, metadata = null, call_to_key = null
    from json_to_recordset(${json}::json) as r (id uuid, phone text)
    where v.id = r.id and v.id = any(${ids}::uuid[])`
  await tx`
    update attempts set carrier = null where verification_id = any(${ids}::uuid[]) and carrier is not null`
  await tx`delete from compat_notices where verification_id = any(${ids}::uuid[])`
  await tx`
    update reconciliation_findings f set phone = r.phone
    from json_to_recordset(${json}::json) as r (id uuid, phone text)
    where f.verification_id = r.id and f.verification_id = any(${ids}::uuid[]) and f.phone is not null`
  await eraseDeliveries(tx, ids, json)
  const pairs = new Map(known.map(({ tenantId, phone }) => [phone, erasedPhone(secrets, tenantId, phone)]))
  await eraseFindingDeliveries(
    tx,
    [...pairs].map(([phone, replacement]) => ({ phone, replacement })),
  )
}
