import type { ApiKeyActor, Scope } from '../context.ts'
import type { Db } from '../db/client.ts'
import { AppError } from '../errors.ts'
import type { Caches } from '../process/caches.ts'
import type { Config } from '../process/config.ts'
import type { Logger } from '../process/log.ts'
import { wrongKeys } from '../process/metrics.ts'
import { parseId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import { ensureBootstrapKey } from './key-bootstrap.ts'
import { isAllowed } from './key-networks.ts'
import { hashKey, looksLikeKey, prefixOf } from './key-secret.ts'
import type { KeyThrottle } from './key-throttle.ts'
import { createUseRecorder } from './key-use.ts'

export type Authentication = {
  /**
   * The actor of an API key. Calls `address` only if the address matters. Throws 401, and 429 to an address
   * that keeps sending wrong keys. `rotating`: the public id of the key being rotated. That key may have
   * ended if it rotated itself within the last ten minutes; the actor then has `hasEnded`.
   */
  authenticate(key: string, address: () => string | null, rotating?: string): Promise<ApiKeyActor>
  /**
   * The actor, acting for another tenant (public id). Throws 403 without `admin`, 404 for an unknown tenant.
   */
  actFor(actor: ApiKeyActor, tenant: string): Promise<ApiKeyActor>
}

type Row = {
  id: string
  tenantId: string
  scopes: Scope[]
  livemode: boolean
  allowedNetworks: string[]
  expiresAt: Date | null
  lastUsedAt: Date | null
  defaultRegion: string | null
}

/** How long a key that rotated itself may repeat the request to get its successor. */
const ENDED_MINUTES = 10

type Known = { actor: ApiKeyActor; row: Row }
type Parts = { db: Db; caches: Caches; config: Pick<Config, 'BOOTSTRAP_ADMIN_KEY'>; log: Logger }

/**
 * Looks up each key at most once a second, so a revoked key stops working within a second in every process.
 */
export function createAuthentication(
  { db, caches, config, log }: Parts,
  throttle: KeyThrottle,
): Authentication {
  const use = createUseRecorder(db, log)

  const KEYS = db.sql`
    select k.id, k.tenant_id, k.scopes, k.livemode, k.allowed_networks, k.expires_at, k.last_used_at, t.default_region
    from api_keys k join tenants t on t.id = k.tenant_id and t.deleted_at is null`

  // Cached by the key: caching by its hash would cost a hash per request.
  const keyBySecret = caches.create(['keys', 'tenants'], async (secret): Promise<Known | null> => {
    const hash = hashKey(secret)
    const found = await find(hash)
    if (found || !config.BOOTSTRAP_ADMIN_KEY || !hash.equals(hashKey(config.BOOTSTRAP_ADMIN_KEY)))
      return found
    await ensureBootstrapKey(db, config)
    return find(hash)
  })

  async function find(hash: Buffer): Promise<Known | null> {
    const [row] = await db.sql<Row[]>`
      ${KEYS} where k.hash = ${hash} and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`
    return row ? { row, actor: actorOf(row) } : null
  }

  /** A key that rotated itself and that no other key has rotated since. */
  async function findEnded(hash: Buffer, keyId: string): Promise<Known | null> {
    const [row] = await db.sql<Row[]>`
      ${KEYS} where k.hash = ${hash} and k.id = ${parseId('key', keyId)} and ${keyId} = (
        select actor from audit_events
        where tenant_id = k.tenant_id and livemode and verification_id is null and type = 'key.rotated'
          and at > now() - make_interval(mins => ${ENDED_MINUTES}) and data::json #>> '{replaces,id}' = ${keyId}
        order by id desc limit 1)`
    return row ? { row, actor: { ...actorOf(row), hasEnded: true } } : null
  }

  const tenantById = caches.create(['tenants'], async (id) => {
    const [row] = await db.sql<{ defaultRegion: string | null }[]>`
      select default_region from tenants where id = ${id} and deleted_at is null`
    return row ?? null
  })

  return {
    async authenticate(key, address, rotating) {
      const current = looksLikeKey(key) ? await keyBySecret(key) : null
      const isKnown = current && isCurrent(current.row, key)
      const known = isKnown ? current : rotating ? await findEnded(hashKey(key), rotating) : null
      if (!known) {
        wrongKeys.inc()
        throttle.count(address())
        const detail = say(looksLikeKey(key) ? 'key_refused' : 'key_malformed')
        throw new AppError('unauthorized', { detail })
      }
      const { row, actor } = known
      if (row.allowedNetworks.length > 0 && !isAllowed(row.allowedNetworks, address())) {
        throw new AppError('unauthorized', { detail: say('key_wrong_network') })
      }
      use.record(row)
      return actor
    },

    async actFor(actor, tenant) {
      if (!actor.scopes.includes('admin')) {
        throw new AppError('insufficient_scope', {
          detail: say('acting_needs_admin'),
        })
      }
      const tenantId = parseId('tenant', tenant)
      const found = tenantId && (await tenantById(tenantId))
      if (!found) throw new AppError('not_found', { detail: say('acting_tenant_unknown') })
      return { ...actor, tenantId, defaultRegion: found.defaultRegion }
    },
  }
}

function actorOf({ id, tenantId, livemode, scopes, defaultRegion }: Row): ApiKeyActor {
  return { type: 'api_key', keyId: id, tenantId, livemode, scopes, defaultRegion }
}

function isCurrent(row: Row, key: string): boolean {
  return (
    key.startsWith(prefixOf(row.livemode)) && (row.expiresAt === null || row.expiresAt.getTime() > Date.now())
  )
}
