import { createCostLists } from './billing/prices/cost-lists.ts'
import { createPriceLists } from './billing/prices/price-lists.ts'
import { createCalls } from './calls/read-calls.ts'
import type { App } from './context.ts'
import { openDb } from './db/client.ts'
import { createReaders } from './db/readers.ts'
import { createReadiness, PATIENCE_MS } from './db/readiness.ts'
import { createChanges } from './draft/change.ts'
import { createStartHooks } from './events/start-hook.ts'
import { createSubscriptions } from './events/subscriptions.ts'
import { reportEnds } from './limits/guard.ts'
import { createPolicies } from './limits/policies.ts'
import { type Clock, createCaches } from './process/caches.ts'
import type { ServiceConfig } from './process/config.ts'
import { createLogger, describeError } from './process/log.ts'
import { getProvider, type Providers, providers as registry } from './providers/registry.ts'
import { createQueue } from './queue/queue.ts'
import { createObservations } from './routing/observations.ts'
import { reportObservations } from './routing/report.ts'
import { createRouting } from './routing/routing.ts'
import { createStops } from './routing/stops.ts'
import { createSecrets } from './secrets.ts'
import { createTexts } from './texts/texts.ts'
import { createLoaders } from './verifications/loaders.ts'
import { createStarts } from './verifications/start-group.ts'

export type { ServiceConfig } from './process/config.ts'

/** How often a process shares its observations of operators with the others. */
const REPORT_MS = 500

export type AppOptions = {
  /** Ages cache entries. */
  clock?: Clock
  /** Operators that it can call through; all by default. */
  providers?: Providers | undefined
}

/** Assembles the parts of a process. `close` finishes work in progress. */
export function createApp(
  config: ServiceConfig,
  name: string,
  { clock, providers = registry }: AppOptions = {},
): App & { close(): Promise<void> } {
  const log = createLogger(config, name)
  const secrets = createSecrets(config.SECRET_KEY, config.SECRET_KEY_OLD)
  const url = config.DATABASE_URL
  const queue = createQueue(config, log)
  const readinessOptions = { max: 1, name: `ringproof ${name} readiness`, silenceMs: PATIENCE_MS }
  const readiness = createReadiness(openDb(url, readinessOptions), queue)
  const { writeRefused: onRefusedWrite } = readiness
  const db = openDb(url, { max: 16, name: `ringproof ${name}`, onRefusedWrite })
  const readersName = `ringproof ${name} readers`
  const currentReaders = createReaders(url, { name: readersName })
  const readers = config.DATABASE_READ_URL
    ? createReaders(config.DATABASE_READ_URL, { name: readersName, isReplica: true })
    : currentReaders
  const caches = createCaches(clock)
  const policies = createPolicies({ db, caches })
  const startHooks = createStartHooks({ secrets, config })
  const texts = createTexts({ db, caches })
  const subscriptions = createSubscriptions({ db, caches })
  const stops = createStops({ db, log }, clock)
  const routing = createRouting({ db, caches, secrets, config, log, providers, stops, policies })
  const observations = createObservations()
  const priceLists = createPriceLists({ db, caches })
  const costLists = createCostLists({
    db,
    caches,
    currencyOf: (provider) => getProvider(providers, provider)?.currency,
  })
  const parts = {
    db,
    caches,
    readers,
    currentReaders,
    queue,
    secrets,
    routing,
    stops,
    observations,
    policies,
    startHooks,
    texts,
    subscriptions,
    priceLists,
    costLists,
  }
  const changes = createChanges(parts, createLoaders(parts))
  const starts = createStarts({ ...parts, log })
  const calls = createCalls(db)
  let reporting = false
  const reportTimer = setInterval(async () => {
    // New observations wait for the next report: reports must not pile up behind a slow one.
    if (reporting) return
    reporting = true
    const observed = observations.take()
    const reports = await Promise.allSettled([
      reportObservations({ db, log }, observed),
      reportEnds({ db, policies, secrets }, observed.ends),
      stops.flush(),
    ])
    for (const report of reports) {
      if (report.status === 'rejected') log.warn(describeError(report.reason), 'observations lost')
    }
    reporting = false
  }, REPORT_MS)
  reportTimer.unref()
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
      clearInterval(reportTimer)
      await Promise.all([changes.idle(), starts.idle()])
      await queue.close()
      await Promise.all([db.close(), readers.close(), currentReaders.close(), readiness.close()])
    },
  }
}
