import { OpenAPIHono } from '@hono/zod-openapi'
import { exportBillingMetrics } from '../billing/metrics.ts'
import { consoleRoutes } from '../console/routes.ts'
import type { App } from '../context.ts'
import { AppError } from '../errors.ts'
import { createLeases } from '../idempotency/lease.ts'
import { exportRoutingMetrics } from '../routing/metrics.ts'
import { createAuthentication } from '../tenants/authenticate.ts'
import { readTrust } from './client-address.ts'
import type { Env, HttpContext, Service } from './exchange.ts'
import { accessLog } from './middleware/access-log.ts'
import { createGate } from './middleware/authenticate.ts'
import { exchange } from './middleware/exchange.ts'
import { createOnce } from './middleware/idempotency.ts'
import { methodNotAllowed } from './middleware/method-not-allowed.ts'
import { overload } from './middleware/overload.ts'
import { timeout } from './middleware/timeout.ts'
import { docsUrl, problem, toAppError } from './problem.ts'
import { createMount } from './route.ts'
import { accountHealthRoutes } from './routes/account-health.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { auditRoutes } from './routes/audit.ts'
import { billingRoutes } from './routes/billing.ts'
import { documentRoutes } from './routes/document.ts'
import { erasureRoutes } from './routes/erasures.ts'
import { policyRoutes } from './routes/policies.ts'
import { priceRoutes } from './routes/prices.ts'
import { providerAccountRoutes } from './routes/provider-accounts.ts'
import { reconciliationRoutes } from './routes/reconciliations.ts'
import { routeRoutes } from './routes/routes.ts'
import { sandboxRoutes } from './routes/sandbox.ts'
import { serviceRoutes } from './routes/service.ts'
import { tenantRoutes } from './routes/tenants.ts'
import { verificationRoutes } from './routes/verifications.ts'
import { send } from './send.ts'
import { createShares } from './shares.ts'

const REQUEST_LIMIT_MS = 10_000
/** Alone, a tenant has 256 of them: not less than the largest group of starts, or commits could never be full. */
const REQUESTS_MOST = 288
/** Live pages and exports that are open at a time. */
const STREAMS_MOST = 200
const TIMES_THE_FREE = 8
/** What bodies that are on their way may take; one address (IPv6: one /48) three quarters of it. */
const BODIES_BYTES_MOST = 16 * 1024 * 1024
const BODIES_TIMES_THE_FREE = 3

export type HttpOptions = {
  /** How long a request may take, in milliseconds. */
  requestLimitMs?: number
  /** How many requests may be under way at a time; the others are refused. */
  requestsMost?: number
  /** How many live pages and exports may be open at a time. */
  streamsMost?: number
  /** What bodies that are on their way may take, with their connections. */
  bodiesBytesMost?: number
}

/**
 * The API as an application of Hono. After `drain()`, it answers that it is not ready, and closes connections; `end()` frees what
 * requests with an Idempotency-Key hold, once they had a moment to end.
 */
export function createHttpApp(app: App, options: HttpOptions = {}) {
  const { config, log } = app
  const { requestLimitMs = REQUEST_LIMIT_MS, requestsMost = REQUESTS_MOST } = options
  const { streamsMost = STREAMS_MOST, bodiesBytesMost = BODIES_BYTES_MOST } = options
  const service: Service = {
    draining: false,
    streams: createShares(streamsMost, TIMES_THE_FREE),
    bodies: createShares(bodiesBytesMost, BODIES_TIMES_THE_FREE),
  }
  const hono = new OpenAPIHono<Env>()

  function refuse(c: HttpContext, thrown: unknown): Response {
    const { requestId } = c.get('exchange')
    return send(c, problem(toAppError(thrown, log, requestId), requestId, docsUrl(c, config.PUBLIC_URL)))
  }

  hono.use(
    exchange(service, readTrust(config.TRUST_PROXY)),
    overload(requestsMost),
    accessLog(log),
    timeout(requestLimitMs),
  )
  hono.onError((error, c) => refuse(c, error))
  hono.notFound((c) => refuse(c, new AppError('not_found', { detail: 'Nothing has this address.' })))

  const authentication = createAuthentication(app)
  const gate = createGate(authentication)
  const leases = createLeases(app)
  const mount = createMount({ hono, app, gate, once: createOnce(leases, refuse) })
  verificationRoutes(mount)
  sandboxRoutes(mount)
  apiKeyRoutes(mount)
  tenantRoutes(mount)
  providerAccountRoutes(mount)
  accountHealthRoutes(mount)
  routeRoutes(mount)
  policyRoutes(mount)
  priceRoutes(mount)
  billingRoutes(mount)
  auditRoutes(mount)
  erasureRoutes(mount)
  reconciliationRoutes(mount)
  exportBillingMetrics(app.db)
  exportRoutingMetrics(app.db)
  serviceRoutes(hono, app, service)

  documentRoutes(hono, config.PUBLIC_URL)
  consoleRoutes(hono, app, { authentication, leases })

  refuseOtherMethods(hono)
  return Object.assign(hono, {
    drain(): void {
      service.draining = true
    },
    end: leases.end,
  })
}

/** Must come last: it takes what is left of every path that exists. */
function refuseOtherMethods(hono: OpenAPIHono<Env>): void {
  const paths = Map.groupBy(
    hono.routes.filter(({ method }) => method !== 'ALL'),
    ({ path }) => path,
  )
  for (const [path, routes] of paths) {
    const methods = [...new Set(routes.map(({ method }) => method))]
    hono.all(path, methodNotAllowed(path.replace(/:(\w+)/, '{$1}'), methods))
  }
}
