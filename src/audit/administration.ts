import type { Author } from '../context.ts'
import { type OrmTx, sqlOf } from '../db/client.ts'
import { appendTenantEvents } from './tenant-chain.ts'

export type AdministeredKind =
  | 'key'
  | 'tenant'
  | 'account'
  | 'route'
  | 'price'
  | 'cost'
  | 'compat'
  | 'endpoint'

/** Keys and endpoints are rotated; keys and credentials of doors are revoked. */
export type AdministrationEvent =
  `${AdministeredKind}.${'created' | 'updated' | 'deleted' | 'revoked' | 'rotated'}`

/**
 * Records an administrator's action in the tenant's chain (null: the installation's), in the transaction of
 * the action. Call it last: it locks the tenant's row. `data` must hold no secret.
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

/** The fields that differ between two views of one thing, `updated_at` excepted. */
export function changedFields(before: object, after: object): ChangedField[] {
  const old = before as Record<string, unknown>
  return Object.entries(after).flatMap(([field, to]) =>
    field === 'updated_at' || JSON.stringify(to) === JSON.stringify(old[field])
      ? []
      : [{ field, from: old[field], to }],
  )
}
