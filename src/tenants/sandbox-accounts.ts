import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { App } from '../context.ts'
import type { OrmTx } from '../db/client.ts'
import { providerAccounts, tenants } from '../db/schema/index.ts'
import { credentialsIn, keyAmong, namespaceOf, sandboxNamespace } from '../sandbox/credentials.ts'
import { newId } from '../values/ids.ts'
import { sandboxSeed } from './sandbox-seed.ts'

type Row = typeof providerAccounts.$inferSelect

/** Per transaction. */
const TENANTS_AT_ONCE = 100

/**
 * Adds the missing simulator accounts of tenants older than a provider. Safe to run in any number of
 * processes at once.
 */
export async function completeSandboxAccounts(
  parts: Pick<App, 'db' | 'secrets' | 'providers'>,
): Promise<void> {
  const names = Object.keys(parts.providers)
  const isIncomplete = sql`exists (
    select from unnest(${sql.param(names)}::text[]) as known(name) where not exists (
      select from ${providerAccounts}
      where ${providerAccounts.sandboxTenantId} = ${tenants.id} and ${providerAccounts.provider} = known.name))`
  for (let found = TENANTS_AT_ONCE; found === TENANTS_AT_ONCE; ) {
    found = await parts.db.orm.transaction(async (tx) => {
      const incomplete = await tx
        .select({ id: tenants.id })
        .from(tenants)
        .where(and(isNull(tenants.deletedAt), isIncomplete))
        .orderBy(asc(tenants.id))
        .limit(TENANTS_AT_ONCE)
      for (const { id } of incomplete) {
        const known = await tx.select().from(providerAccounts).where(eq(providerAccounts.sandboxTenantId, id))
        await insertSandboxAccounts(tx, parts, id, known)
      }
      return incomplete.length
    })
  }
}

/** Inserts a tenant's missing simulator accounts. `known`: the existing ones. */
export async function insertSandboxAccounts(
  tx: OrmTx,
  { secrets, providers }: Pick<App, 'secrets' | 'providers'>,
  tenantId: string,
  known: Row[],
): Promise<void> {
  const namespace =
    known.map((row) => namespaceIn(secrets, row)).find((found) => found !== null) ??
    sandboxNamespace(sandboxSeed(secrets, tenantId))
  // Another process may have inserted them since the tenant was found incomplete.
  const missing = Object.entries(providers).filter(([name]) => !known.some((row) => row.provider === name))
  if (missing.length === 0) return
  const rows = missing.map(([name, provider]) => {
    const id = newId()
    const credentials = secrets.seal(JSON.stringify(credentialsIn(namespace, provider)), id)
    const settings = provider.sandboxSettings ?? {}
    return { id, provider: name, name: `sandbox ${name}`, credentials, settings, sandboxTenantId: tenantId }
  })
  await tx.insert(providerAccounts).values(rows).onConflictDoNothing()
}

/**
 * The namespace in an account. A tenant keeps it across SECRET_KEY changes, so that `GET /v1/sandbox/calls`
 * shows all calls.
 */
function namespaceIn(secrets: App['secrets'], { id, credentials }: Row): string | null {
  try {
    return namespaceOf(keyAmong(JSON.parse(secrets.open(credentials, id))) ?? '')
  } catch {
    return null
  }
}
