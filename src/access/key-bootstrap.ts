import { appendTenantEvents } from '../audit/tenant-chain.ts'
import type { Db } from '../db/client.ts'
import { SCOPES } from '../db/schema/index.ts'
import type { Config } from '../process/config.ts'
import { newId, publicId } from '../values/ids.ts'
import { hashKey } from './key-secret.ts'

const AUTHOR = { actor: 'system', requestId: null }

/**
 * While no live admin key works, BOOTSTRAP_ADMIN_KEY does: inserts it as a key of the first tenant with every scope. A secret that was a
 * key before stays what became of that one: revoked, replaced or expired, it never comes back. Any number of processes may call it
 * at once.
 */
export async function ensureBootstrapKey(
  db: Db,
  { BOOTSTRAP_ADMIN_KEY: key }: Pick<Config, 'BOOTSTRAP_ADMIN_KEY'>,
): Promise<void> {
  if (!key) return
  const hash = hashKey(key)
  // A client that goes on using a revoked key must not keep others waiting for the lock.
  const [known] = await db.sql`select id from api_keys where hash = ${hash}`
  if (known) return
  await db.sql.begin(async (tx) => {
    // Whoever makes or changes keys of the first tenant waits for this row as well.
    await tx`select id from tenants where is_first for update`
    const [made] = await tx<{ id: string; tenantId: string; name: string }[]>`
      insert into api_keys (id, tenant_id, name, hash, hint, scopes, livemode)
      select ${newId()}, t.id, 'BOOTSTRAP_ADMIN_KEY', ${hash}, ${key.slice(-4)}, ${[...SCOPES]}, true
      from tenants t
      where t.is_first and not exists (
        select from api_keys
        where livemode and 'admin' = any(scopes) and revoked_at is null and (expires_at is null or expires_at > now()))
      on conflict (hash) do nothing
      returning id, tenant_id, name`
    if (!made) return
    const data = { key: publicId('key', made.id), name: made.name, scopes: SCOPES, livemode: true }
    await appendTenantEvents(tx, made.tenantId, AUTHOR, [{ type: 'key.created', data }])
  })
}
