import type { Db } from './db/client.ts'
import type { ReadDb, Readers } from './db/readers.ts'
import type { Readiness } from './db/readiness.ts'
import type { Caches } from './process/caches.ts'
import type { Config } from './process/config.ts'
import type { Logger } from './process/log.ts'
import type { Queue } from './queue/queue.ts'
import type { Secrets } from './secrets.ts'
import { publicId } from './values/ids.ts'

/** The parts of a process that verbs use. A room adds its own: `declare module '../context.ts' { interface App { … } }`. */
export interface App {
  config: Config
  caches: Caches
  db: Db
  /** For what reads much: lists, searches, exports, summaries, statistics. */
  readers: Readers
  readiness: Readiness
  queue: Queue
  secrets: Secrets
  log: Logger
}

export type Scope = 'verify' | 'read' | 'billing' | 'admin'

/** Who asks. `tenantId` is whom it acts for, which an admin key may choose. */
export type ApiKeyActor = {
  type: 'api_key'
  keyId: string
  tenantId: string
  livemode: boolean
  scopes: readonly Scope[]
  defaultRegion: string | null
  /** The key has ended: it may only learn again what ended it. */
  hasEnded?: true
}

/** Whoever has a shell on the installation: acts for a tenant as an admin key does. */
export type ShellActor = Omit<ApiKeyActor, 'type' | 'keyId'> & { type: 'system' }

/** Who can act for a tenant. */
export type TenantActor = ApiKeyActor | ShellActor

export type Actor = TenantActor | { type: 'worker' } | { type: 'system' }

/** What every verb is given first. */
export type Context<A extends Actor = Actor> = App & { actor: A; requestId: string | null }

/** One run of a request with an Idempotency-Key. */
export type Claim = {
  readonly tenantId: string
  readonly livemode: boolean
  readonly key: string
  /** Names the run. A run that takes the claim over has another name, and this one can commit nothing more. */
  run: string
  /** What an earlier run of the same request committed; null where none did. */
  readonly remembered: { result: unknown } | null
  /** Whether the verb's effect has begun: a request has one. */
  used: boolean
}

/** A verb that a client calls. `claim`: the request has an Idempotency-Key, and its effect happens once (`idempotency/once.ts`). */
export type ClientContext = Context<TenantActor> & { claim?: Claim }

/** Where the actor's tenant reads what may be much, and need not see what was written a moment ago. */
export function readersOf({ readers, actor }: Pick<ClientContext, 'readers' | 'actor'>): ReadDb {
  return readers.of(actor.tenantId)
}

/** Who did it, as written into events: `key_…`, or the part of the service. */
export type Author = { actor: string; requestId: string | null }

/** Who the context acts for, as events name it. */
export function author(context: Pick<Context, 'actor' | 'requestId'>): Author {
  const { actor, requestId } = context
  return { actor: actor.type === 'api_key' ? publicId('key', actor.keyId) : actor.type, requestId }
}
