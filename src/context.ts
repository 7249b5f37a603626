import type { Author } from './audit/append.ts'
import type { CostLists } from './billing/prices/cost-lists.ts'
import type { PriceLists } from './billing/prices/price-lists.ts'
import type { Calls } from './calls/read-calls.ts'
import type { Config } from './config.ts'
import type { Db } from './db/client.ts'
import type { ReadDb, Readers } from './db/readers.ts'
import type { Claim } from './idempotency/claim.ts'
import { publicId } from './ids.ts'
import type { Policies } from './limits/policies.ts'
import type { Logger } from './log.ts'
import type { Queue } from './queue/queue.ts'
import type { Readiness } from './readiness.ts'
import type { Observations } from './routing/observations.ts'
import type { Routing } from './routing/routing.ts'
import type { Secrets } from './secrets.ts'
import type { Changes } from './verifications/change.ts'
import type { Starts } from './verifications/start-group.ts'

/** The parts of a process that verbs use. */
export type App = {
  config: Config
  db: Db
  /** For what reads much: lists, searches, exports, summaries, statistics. */
  readers: Readers
  readiness: Readiness
  queue: Queue
  secrets: Secrets
  log: Logger
  routing: Routing
  observations: Observations
  policies: Policies
  priceLists: PriceLists
  costLists: () => Promise<CostLists>
  changes: Changes
  starts: Starts
  calls: Calls
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

/** A verb that a client calls. `claim`: the request has an Idempotency-Key, and its effect happens once (`idempotency/once.ts`). */
export type ClientContext = Context<TenantActor> & { claim?: Claim }

/** Where the actor's tenant reads what may be much, and need not see what was written a moment ago. */
export function readersOf({ readers, actor }: Pick<ClientContext, 'readers' | 'actor'>): ReadDb {
  return readers.of(actor.tenantId)
}

export function author(context: Pick<Context, 'actor' | 'requestId'>): Author {
  const { actor, requestId } = context
  return { actor: actor.type === 'api_key' ? publicId('key', actor.keyId) : actor.type, requestId }
}
