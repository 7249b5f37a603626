import type { ApiKeyActor, Scope } from '../context.ts'
import type { Db } from '../db/client.ts'
import type { Caches } from '../process/caches.ts'
import type { Logger } from '../process/log.ts'
import { isAllowed } from './key-networks.ts'
import { createUseRecorder } from './key-use.ts'

/** One login with an API key. It has its own `id`, so that it can end while the key lives on. */
export type SessionName = { id: string; keyId: string }

/** The logged-in user. */
export type SessionUser = { actor: ApiKeyActor; keyName: string; tenantName: string }

type Row = {
  tenantId: string
  tenantName: string
  name: string
  scopes: Scope[]
  livemode: boolean
  allowedNetworks: string[]
  expiresAt: Date | null
  lastUsedAt: Date | null
  defaultRegion: string | null
}

type Parts = { db: Db; caches: Caches; log: Logger }

/**
 * Sessions live as long as their keys: when a key ends, its sessions end within a second in every process.
 */
export function createSessions({ db, caches, log }: Parts) {
  const use = createUseRecorder(db, log)

  const rowOf = caches.create(['keys', 'sessions', 'tenants'], async (name): Promise<Row | null> => {
    const [id, keyId] = name.split(' ')
    const [row] = await db.sql<Row[]>`
      select k.tenant_id, t.name as tenant_name, k.name, k.scopes, k.livemode, k.allowed_networks, k.expires_at,
        k.last_used_at, t.default_region
      from api_keys k join tenants t on t.id = k.tenant_id and t.deleted_at is null
      where k.id = ${keyId} and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
        and not exists (select from spent_tokens s where s.id = ${id})`
    return row ?? null
  })

  return {
    /** Null if the session or its key has ended, or if the key does not allow `address`. */
    async userOf({ id, keyId }: SessionName, address: () => string | null): Promise<SessionUser | null> {
      const row = await rowOf(`${id} ${keyId}`)
      if (!row || (row.expiresAt && row.expiresAt.getTime() <= Date.now())) return null
      if (row.allowedNetworks.length > 0 && !isAllowed(row.allowedNetworks, address())) return null
      use.record({ id: keyId, lastUsedAt: row.lastUsedAt })
      const { tenantId, tenantName, name, scopes, livemode, defaultRegion } = row
      const actor: ApiKeyActor = { type: 'api_key', keyId, tenantId, livemode, scopes, defaultRegion }
      return { actor, keyName: name, tenantName }
    },

    /** Spends a single-use token. False if any process has spent it before. */
    async spend(id: string, expiresAt: Date): Promise<boolean> {
      return caches.changing(['sessions'], async () => {
        const spent = await db.sql`
          with old as (
            delete from spent_tokens where id = any(array(
              select id from spent_tokens where expires_at < now() order by expires_at limit 100 for update skip locked)))
          insert into spent_tokens (id, expires_at) values (${id}, ${expiresAt}) on conflict do nothing returning id`
        return spent.length === 1
      })
    },
  }
}

export type Sessions = ReturnType<typeof createSessions>
