import type { DoorActor } from '../context.ts'
import type { Db } from '../db/client.ts'
import type { Facade } from '../db/schema/compat.ts'
import type { Caches } from '../process/caches.ts'
import type { Logger } from '../process/log.ts'
import { wrongKeys } from '../process/metrics.ts'
import type { Secrets } from '../secrets.ts'
import { signKeyContext } from './compat-credentials.ts'
import { hashKey } from './key-secret.ts'
import type { KeyThrottle } from './key-throttle.ts'
import { createUseRecorder } from './key-use.ts'

/** A client whose credential was right. `signKey`: signs and checks requests; null for telefon-ip. */
export type Door = { actor: DoorActor; signKey: string | null }

/**
 * What a client showed at a door. `credential`: the token of telefon-ip or the access key of New-Tel.
 * `address`: where the request came from; asked only for a wrong credential.
 */
export type Knock = { facade: Facade; credential: string; address: () => string | null }

/**
 * Finds a credential; null for one that is unknown, revoked or of another door. Throws 429
 * `too_many_requests` to an address that keeps sending wrong ones, which count like wrong keys.
 */
export type AuthenticateDoor = (knock: Knock) => Promise<Door | null>

type Row = {
  id: string
  tenantId: string
  livemode: boolean
  facade: Facade
  sealedSignKey: Buffer | null
  lastUsedAt: Date | null
}
type Parts = { db: Db; caches: Caches; secrets: Secrets; log: Logger }

/** Longer texts are no credentials. */
const LENGTH_MAX = 64

/** Looks up each credential at most once a second, so a revoked one stops working within a second. */
export function createDoorAuthentication(
  { db, caches, secrets, log }: Parts,
  throttle: KeyThrottle,
): AuthenticateDoor {
  const use = createUseRecorder(db, log, 'compat_credentials')

  const doorOf = caches.create(['compats', 'tenants'], async (credential) => {
    const [row] = await db.sql<Row[]>`
      select c.id, c.tenant_id, c.livemode, c.facade, c.sealed_sign_key, c.last_used_at
      from compat_credentials c join tenants t on t.id = c.tenant_id and t.deleted_at is null
      where c.hash = ${hashKey(credential)} and c.revoked_at is null`
    return row ? { row, door: open(row) } : null
  })

  function open({ id, tenantId, livemode, sealedSignKey }: Row): Door {
    const signKey = sealedSignKey && secrets.open(sealedSignKey, signKeyContext(id))
    // Both operators are Russian: national notation at their doors is.
    const actor = {
      type: 'compat',
      credentialId: id,
      tenantId,
      livemode,
      scopes: [],
      defaultRegion: 'RU',
    } as const
    return { actor, signKey }
  }

  return async ({ facade, credential, address }) => {
    const known = credential.length <= LENGTH_MAX ? await doorOf(credential) : null
    if (known?.row.facade !== facade) {
      wrongKeys.inc()
      throttle.count(address())
      return null
    }
    use.record(known.row)
    return known.door
  }
}
