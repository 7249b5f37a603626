import { appendTenantEvents } from '../audit/tenant-chain.ts'
import type { Db } from '../db/client.ts'
import { SCOPES } from '../db/schema/index.ts'
import type { Config } from '../process/config.ts'
import { newId, publicId } from '../values/ids.ts'
import { hashKey } from './key-secret.ts'

const AUTHOR = { actor: 'system', requestId: null }

/**
 * While no live admin key works, inserts BOOTSTRAP_ADMIN_KEY as a key of the first tenant with every scope. A
 * secret that has been a key before is never reinstated: it stays revoked, replaced or expired. Safe to call
 * from any number of processes at once.
 */
export async function ensureBootstrapKey(
  db: Db,
  { BOOTSTRAP_ADMIN_KEY: key }: Pick<Config, 'BOOTSTRAP_ADMIN_KEY'>,
): Promise<void> {
  if (!key) return
  const hash = hashKey(key)
  // Without the lock: a client that keeps using a revoked key must not block others.
  const [known] = await db.sql`select id from api_keys where hash = ${hash}`
  if (known) return
  await db.sql.begin(async (tx) => {
    // Creating or changing a key of the first tenant locks this row, too.
    await tx`select id from tenants where is_first for update`
    const [created] = await tx<{ id: string; tenantId: string; name: string }[]>`
      insert into api_keys (id, tenant_id, name, hash, hint, scopes, livemode)
      select ${newId()}, t.id, 'BOOTSTRAP_ADMIN_KEY', ${hash}, ${key.slice(-4)}, ${[...SCOPES]}, true
      from tenants t
      where t.is_first and not exists (
        select from api_keys
        where livemode and 'admin' = any(scopes) and revoked_at is null and (expires_at is null or expires_at > now()))
      on conflict (hash) do nothing
      returning id, tenant_id, name`
    if (!created) return
    const data = { key: publicId('key', created.id), name: created.name, scopes: SCOPES, livemode: true }
    await appendTenantEvents(tx, created.tenantId, AUTHOR, [{ type: 'key.created', data }])
  })
}
