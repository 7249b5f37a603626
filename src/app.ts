import { createCostLists } from './billing/prices/cost-lists.ts'
import { createPriceLists } from './billing/prices/price-lists.ts'
import { createCalls } from './calls/read-calls.ts'
import type { App } from './context.ts'
import { openDb } from './db/client.ts'
import { createReaders } from './db/readers.ts'
import { createReadiness, PATIENCE_MS } from './db/readiness.ts'
import { createChanges } from './draft/change.ts'
import { reportEnds } from './limits/guard.ts'
import { createPolicies } from './limits/policies.ts'
import { type Clock, createCaches } from './process/caches.ts'
import type { ServiceConfig } from './process/config.ts'
import { createLogger, describeError } from './process/log.ts'
import { type Providers, providers as registry } from './providers/registry.ts'
import { createQueue } from './queue/queue.ts'
import { createObservations } from './routing/observations.ts'
import { reportObservations } from './routing/report.ts'
import { createRouting } from './routing/routing.ts'
import { createSecrets } from './secrets.ts'
import { createLoaders } from './verifications/loaders.ts'
import { createStarts } from './verifications/start-group.ts'

export type { ServiceConfig } from './process/config.ts'

/** How often a process tells the others what it learnt about the operators. */
const REPORT_MS = 500

export type AppOptions = {
  /** By which caches grow old. */
  clock?: Clock
  /** The operators it can call through; all by default. */
  providers?: Providers | undefined
}

/** Puts the parts of a process together. `close` finishes what is under way. */
export function createApp(
  config: ServiceConfig,
  name: string,
  { clock, providers = registry }: AppOptions = {},
): App & { close(): Promise<void> } {
  const log = createLogger(config, name)
  const secrets = createSecrets(config.SECRET_KEY, config.SECRET_KEY_OLD)
  const url = config.DATABASE_URL
  const queue = createQueue(config, log)
  const own = { max: 1, name: `ringproof ${name} readiness`, silenceMs: PATIENCE_MS }
  const readiness = createReadiness(openDb(url, own), queue)
  const { writeRefused: onRefusedWrite } = readiness
  const db = openDb(url, { max: 16, name: `ringproof ${name}`, onRefusedWrite })
  const readers = createReaders(url, { name: `ringproof ${name} readers` })
  const caches = createCaches(clock)
  const routing = createRouting({ db, caches, secrets, config, log, providers })
  const observations = createObservations()
  const policies = createPolicies({ db, caches })
  const priceLists = createPriceLists({ db, caches })
  const costLists = createCostLists({ db, caches })
  const parts = {
    db,
    caches,
    readers,
    queue,
    secrets,
    routing,
    observations,
    policies,
    priceLists,
    costLists,
  }
  const changes = createChanges(parts, createLoaders(parts))
  const starts = createStarts(parts)
  const calls = createCalls(db)
  let reporting = false
  const report = setInterval(async () => {
    // What comes in meanwhile is told next time; reports must not pile up behind one that takes long.
    if (reporting) return
    reporting = true
    const observed = observations.take()
    const told = await Promise.allSettled([
      reportObservations({ db, log }, observed),
      reportEnds({ db, policies, secrets }, observed.ends),
    ])
    for (const part of told) {
      if (part.status === 'rejected') log.warn(describeError(part.reason), 'observations lost')
    }
    reporting = false
  }, REPORT_MS)
  report.unref()
  return {
    ...parts,
    readiness,
    providers,
    config,
    log,
    changes,
    starts,
    calls,
    async close() {
      clearInterval(report)
      await Promise.all([changes.idle(), starts.idle()])
      await queue.close()
      await Promise.all([db.close(), readers.close(), readiness.close()])
    },
  }
}
