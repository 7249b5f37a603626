import { eq } from 'drizzle-orm'
import { ensureBootstrapKey } from '../access/key-bootstrap.ts'
import { BASE62, hashKey, KEY_LENGTH, prefixOf } from '../access/key-secret.ts'
import { hasExpired } from '../access/keys.ts'
import type { App } from '../context.ts'
import { openDb } from '../db/client.ts'
import { migrate } from '../db/migrate.ts'
import { apiKeys, tenants } from '../db/schema/index.ts'
import type { Config } from '../process/config.ts'
import { providers } from '../providers/registry.ts'
import { createSecrets } from '../secrets.ts'
import { newId } from '../values/ids.ts'
import { createTenant } from './create.ts'
import { completeSandboxAccounts } from './sandbox-accounts.ts'

type ServiceConfig = Config & { DATABASE_URL: string; SECRET_KEY: Buffer }

/** The test key that `npm start` prints. Derived from SECRET_KEY, so that every start can print it. */
export function derivedTestKey(secretKey: Buffer): string {
  let rest = BigInt(`0x${createSecrets(secretKey).derive('first test key').toString('hex')}`)
  let text = ''
  while (text.length < KEY_LENGTH) {
    text += BASE62[Number(rest % 62n)]
    rest /= 62n
  }
  return `${prefixOf(false)}${text}`
}

/**
 * Prepares a database for service: migrations, the first tenant, the bootstrap admin key. With
 * `printTestKey`, also the derived test key; returns it unless it was revoked or expired. Safe to call from
 * any number of processes at once.
 */
export async function prepareInstallation(
  config: ServiceConfig,
  { printTestKey }: { printTestKey: boolean },
): Promise<{ testKey: string | null }> {
  await migrate(config.DATABASE_URL)
  const db = openDb(config.DATABASE_URL, { max: 1, name: 'ringproof start' })
  try {
    const secrets = createSecrets(config.SECRET_KEY, config.SECRET_KEY_OLD)
    const parts = { db, secrets, providers }
    const tenant = await ensureFirstTenant(parts)
    await completeSandboxAccounts(parts)
    await ensureBootstrapKey(db, config)
    return {
      testKey: printTestKey ? await ensureTestKey(db, tenant.id, derivedTestKey(config.SECRET_KEY)) : null,
    }
  } finally {
    await db.close()
  }
}

async function ensureFirstTenant(parts: Pick<App, 'db' | 'secrets' | 'providers'>) {
  const find = () => parts.db.orm.select().from(tenants).where(eq(tenants.isFirst, true))
  const [found] = await find()
  const tenant =
    found ?? (await createTenant(parts, { name: 'First tenant', isFirst: true, defaultRegion: 'RU' }))
  const [first] = tenant ? [tenant] : await find()
  if (!first) throw new Error('the first tenant is missing')
  return first
}

async function ensureTestKey(db: App['db'], tenantId: string, key: string): Promise<string | null> {
  const hash = hashKey(key)
  await db.orm
    .insert(apiKeys)
    .values({
      id: newId(),
      tenantId,
      name: 'printed by npm start',
      hash,
      hint: key.slice(-4),
      scopes: ['verify', 'read', 'billing'],
      livemode: false,
    })
    .onConflictDoNothing()
  const [row] = await db.orm.select().from(apiKeys).where(eq(apiKeys.hash, hash))
  return !row || row.revokedAt || hasExpired(row) ? null : key
}
