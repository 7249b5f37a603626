import type { App } from '../context.ts'
import type { OrmTx } from '../db/client.ts'
import { tenants } from '../db/schema/index.ts'
import { newId } from '../values/ids.ts'
import { insertSandboxAccounts } from './sandbox-accounts.ts'

export type NewTenant = {
  name: string
  isFirst?: boolean
  defaultRegion?: string | null
  currency?: string
  creditLimitMicros?: bigint
  retentionDays?: number
  allowedOrigins?: string[]
}

/** Creates a tenant. Null if the first tenant already exists. */
export function createTenant(parts: Pick<App, 'db' | 'secrets' | 'providers'>, input: NewTenant) {
  return parts.db.orm.transaction((tx) => insertTenant(tx, parts, { id: newId(), ...input }))
}

/** Inserts a tenant with the sandbox accounts for its test keys. Null if the first tenant already exists. */
export async function insertTenant(
  tx: OrmTx,
  parts: Pick<App, 'secrets' | 'providers'>,
  input: NewTenant & { id: string },
) {
  const [tenant] = await tx.insert(tenants).values(input).onConflictDoNothing().returning()
  if (!tenant) return null
  await insertSandboxAccounts(tx, parts, tenant.id, [])
  return tenant
}
