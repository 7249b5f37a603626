import type { App } from '../context.ts'
import type { OrmTx } from '../db/client.ts'
import { providerAccounts, tenants } from '../db/schema/index.ts'
import { sandboxCredentials } from '../sandbox/credentials.ts'
import { newId } from '../values/ids.ts'
import { sandboxSeed } from './sandbox-seed.ts'

export type NewTenant = {
  name: string
  isFirst?: boolean
  defaultRegion?: string | null
  currency?: string
  creditLimitMicros?: bigint
  retentionDays?: number
}

/** The simulated operators that every tenant's test keys call through. */
const SANDBOX_PROVIDERS = ['telefon-ip', 'new-tel']

/** Creates a tenant. Null where the first tenant already exists. */
export function createTenant(parts: Pick<App, 'db' | 'secrets'>, input: NewTenant) {
  return parts.db.orm.transaction((tx) => insertTenant(tx, parts, { id: newId(), ...input }))
}

/** Inserts a tenant together with the sandbox accounts of its test keys. Null where the first tenant already exists. */
export async function insertTenant(
  tx: OrmTx,
  { secrets }: Pick<App, 'secrets'>,
  input: NewTenant & { id: string },
) {
  const [tenant] = await tx.insert(tenants).values(input).onConflictDoNothing().returning()
  if (!tenant) return null
  const seed = sandboxSeed(secrets, tenant.id)
  await tx.insert(providerAccounts).values(
    SANDBOX_PROVIDERS.map((provider) => {
      const id = newId()
      const credentials = JSON.stringify(sandboxCredentials(seed, provider))
      return {
        id,
        provider,
        name: `sandbox ${provider}`,
        credentials: secrets.seal(credentials, id),
        sandboxTenantId: tenant.id,
      }
    }),
  )
  return tenant
}
