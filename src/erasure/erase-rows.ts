import type { Tx } from '../db/client.ts'
import type { Secrets } from '../secrets.ts'

const ERASED = 'erased:'

/** What is erased of a verification, as certificates say it. */
export const ERASED_FIELDS = ['phone', 'reference', 'client_ip', 'requester', 'metadata'] as const

/** What stands in the place of a phone: no phone looks like it, and it is the same for the same phone of a tenant. */
export function erasedPhone(secrets: Secrets, tenantId: string, phone: string): string {
  return ERASED + secrets.pseudonym(tenantId, phone).toString('hex')
}

export const isErased = (phone: string) => phone.startsWith(ERASED)

/**
 * Erases what verifications say of a person, and the phone in what reconciliation found about their calls. The rows are locked by
 * the caller. Status, counts, money and audit stay as they are.
 */
export async function eraseRows(
  tx: Tx,
  secrets: Secrets,
  rows: readonly { id: string; tenantId: string; phone: string }[],
): Promise<void> {
  const known = rows.filter(({ phone }) => !isErased(phone))
  if (known.length === 0) return
  const replaced = known.map(({ id, tenantId, phone }) => ({
    id,
    phone: erasedPhone(secrets, tenantId, phone),
  }))
  const json = JSON.stringify(replaced)
  // Of an array PostgreSQL knows how long it is, and looks its members up, however large the table.
  const ids = known.map(({ id }) => id)
  await tx`
    update verifications v set phone = r.phone, reference = null, client_ip = null, requester = null, metadata = null
    from json_to_recordset(${json}::json) as r (id uuid, phone text)
    where v.id = r.id and v.id = any(${ids}::uuid[])`
  await tx`
    update reconciliation_findings f set phone = r.phone
    from json_to_recordset(${json}::json) as r (id uuid, phone text)
    join attempts a on a.verification_id = r.id and a.verification_id = any(${ids}::uuid[])
    where f.attempt_id = a.id and f.phone is not null`
}
