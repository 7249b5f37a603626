import type { Author } from '../context.ts'
import { type OrmTx, sqlOf } from '../db/client.ts'
import { appendTenantEvents } from './tenant-chain.ts'

/** What can happen to what is administered. */
export type AdministrationEvent =
  | `key.${'created' | 'updated' | 'revoked' | 'rotated'}`
  | `${'tenant' | 'account' | 'route' | 'price' | 'cost'}.${'created' | 'updated' | 'deleted'}`

/**
 * Records in the tenant's chain (null: the installation's) what an administrator did, in the transaction that does it. Locks the
 * tenant's row: it comes last. `data` holds no secret.
 */
export async function recordAdministration(
  tx: OrmTx,
  tenantId: string | null,
  author: Author,
  type: AdministrationEvent,
  data: Record<string, unknown>,
): Promise<void> {
  await appendTenantEvents(sqlOf(tx), tenantId, author, [{ type, data }])
}

export type ChangedField = { field: string; from: unknown; to: unknown }

/** The fields that differ between two views of the same thing. */
export function changedFields(before: object, after: object): ChangedField[] {
  const old = before as Record<string, unknown>
  return Object.entries(after).flatMap(([field, to]) =>
    JSON.stringify(to) === JSON.stringify(old[field]) ? [] : [{ field, from: old[field], to }],
  )
}
