import type { Db } from './db/client.ts'
import type { ReadDb, Readers } from './db/readers.ts'
import type { Readiness } from './db/readiness.ts'
import type { SCOPES } from './db/schema/tenants.ts'
import type { Caches } from './process/caches.ts'
import type { Config } from './process/config.ts'
import type { Logger } from './process/log.ts'
import type { Queue } from './queue/queue.ts'
import type { Secrets } from './secrets.ts'
import { publicId } from './values/ids.ts'

/**
 * The parts of a process that verbs use. A room adds its own with `declare module '../context.ts' { interface
 * App { … } }`.
 */
export interface App {
  config: Config
  caches: Caches
  db: Db
  /** For large reads of records, at DATABASE_READ_URL: see `readersOf`. */
  readers: Readers
  /** The same on the primary; the same object without DATABASE_READ_URL. */
  currentReaders: Readers
  readiness: Readiness
  queue: Queue
  secrets: Secrets
  log: Logger
}

export type Scope = (typeof SCOPES)[number]

/** A caller with an API key. `tenantId` is the tenant it acts for; an admin key may choose it. */
export type ApiKeyActor = {
  type: 'api_key'
  keyId: string
  tenantId: string
  livemode: boolean
  scopes: readonly Scope[]
  defaultRegion: string | null
  /** The key has ended: it may only fetch again the answer to the rotation that ended it. */
  hasEnded?: true
}

/** A person with a shell on the installation: acts for a tenant as an admin key does. */
export type ShellActor = Omit<ApiKeyActor, 'type' | 'keyId'> & { type: 'system' }

/**
 * A client at a door. It has no scope: it can do what its door does, and no route of the API accepts it.
 */
export type DoorActor = Omit<ApiKeyActor, 'type' | 'keyId' | 'hasEnded'> & {
  type: 'compat'
  credentialId: string
}

/** The browser or app of a user: acts on one verification and can start none. */
export type ClientActor = Omit<ApiKeyActor, 'type' | 'keyId' | 'hasEnded'> & {
  type: 'client'
  verificationId: string
  /** The origins of the tenant's pages. */
  allowedOrigins: readonly string[]
}

/** An actor that acts for a tenant. */
export type TenantActor = ApiKeyActor | ShellActor | DoorActor | ClientActor

export type Actor = TenantActor | { type: 'worker' } | { type: 'system' }

/** The first argument of every verb. */
export type Context<A extends Actor = Actor> = App & {
  actor: A
  requestId: string | null
  /** The user has just written something: their reads must show it. */
  hasJustWritten?: boolean
}

/** One run of a request with an Idempotency-Key. */
export type Claim = {
  readonly tenantId: string
  readonly livemode: boolean
  readonly key: string
  /**
   * Names the run. A run that takes over the claim has another name; after that, this one can commit nothing.
   */
  run: string
  /** What an earlier run of the same request committed; null if none did. */
  readonly remembered: { result: unknown } | null
  /** Whether the verb's effect has begun: a request has only one. */
  used: boolean
}

/**
 * The context of a verb that a client calls. `claim`: the request has an Idempotency-Key, so its effect
 * happens once (`idempotency/once.ts`).
 */
export type ClientContext = Context<TenantActor> & { claim?: Claim }

type Reading = Pick<ClientContext, 'readers' | 'currentReaders' | 'actor' | 'hasJustWritten'>

/**
 * Connections for large reads by the actor's tenant of what grows by itself: verifications, attempts, audit
 * events, money, statistics. May lag behind the primary, unless the user has just written something.
 */
export function readersOf({ readers, currentReaders, actor, hasJustWritten }: Reading): ReadDb {
  return (hasJustWritten ? currentReaders : readers).of(actor.tenantId)
}

/** The same for statements whose plans suit any values. */
export function preparedReadersOf({ readers, currentReaders, actor, hasJustWritten }: Reading): ReadDb {
  return (hasJustWritten ? currentReaders : readers).preparedOf(actor.tenantId)
}

/** The same for lists of what people make and change, which must show the last change. */
export function currentReadersOf({ currentReaders, actor }: Reading): ReadDb {
  return currentReaders.of(actor.tenantId)
}

/** Who did it, as events record it: `key_…`, `cmp_…`, or the part of the service. */
export type Author = { actor: string; requestId: string | null }

/** The context's actor, as events record it. */
export function author(context: Pick<Context, 'actor' | 'requestId'>): Author {
  const { actor, requestId } = context
  return { actor: nameOf(actor), requestId }
}

function nameOf(actor: Actor): string {
  if (actor.type === 'api_key') return publicId('key', actor.keyId)
  return actor.type === 'compat' ? publicId('compat', actor.credentialId) : actor.type
}
