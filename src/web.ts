import { OpenAPIHono } from '@hono/zod-openapi'
import { createAuthentication } from './access/authenticate.ts'
import { createKeyThrottle } from './access/key-throttle.ts'
import { exportBillingMetrics } from './billing/metrics.ts'
import { exportCallMetrics } from './calls/metrics.ts'
import { createClientAccess } from './client/access.ts'
import { createHub } from './client/hub.ts'
import { createDoors } from './compat/doors.ts'
import { isDoor, pathOf } from './compat/paths.ts'
import { refuseAtDoor } from './compat/refuse.ts'
import { doorRoutes } from './compat/serve.ts'
import type { App } from './context.ts'
import { exportPartitionMetrics } from './db/partitions.ts'
import { exportReplicaMetrics } from './db/replica.ts'
import { AppError } from './errors.ts'
import { exportWebhookMetrics } from './events/metrics.ts'
import type { Env, HttpContext, Service } from './exchange/exchange.ts'
import { docsUrl, problem, toAppError } from './exchange/problem.ts'
import { send } from './exchange/send.ts'
import { apiRoutes } from './http/api.ts'
import { readTrust } from './http/client-address.ts'
import { hostedRoutes } from './http/hosted/routes.ts'
import { accessLog } from './http/middleware/access-log.ts'
import { createGate } from './http/middleware/authenticate.ts'
import { exchange } from './http/middleware/exchange.ts'
import { createOnce } from './http/middleware/idempotency.ts'
import { methodNotAllowed } from './http/middleware/method-not-allowed.ts'
import { overload } from './http/middleware/overload.ts'
import { timeout } from './http/middleware/timeout.ts'
import { trace } from './http/middleware/trace.ts'
import { createMount } from './http/route.ts'
import { clientRoutes } from './http/routes/client.ts'
import { documentRoutes } from './http/routes/document.ts'
import { inboundRoutes } from './http/routes/inbound.ts'
import { serviceRoutes } from './http/routes/service.ts'
import { createLeases } from './idempotency/lease.ts'
import { createShares } from './process/shares.ts'
import { isTracing } from './process/tracing.ts'
import { exportRoutingMetrics } from './routing/metrics.ts'
import { say } from './words/text.ts'

const REQUEST_LIMIT_MS = 10_000
/** At a door a code may take 12 s, and an answer with the end of a call two minutes. */
const DOOR_LIMIT_MS = 130_000
/**
 * Requests in progress at a time. A lone tenant gets 256 of them, as many as the largest group of starts:
 * with fewer, commits could never be full.
 */
const REQUESTS_MAX = 288
/** Live pages and exports open at a time. */
const STREAMS_MAX = 200
/** A tenant may hold this many times what stays free. */
const STREAMS_TIMES_FREE = 8
/** Memory for bodies being received; one address (IPv6: one /48) gets up to three quarters of it. */
const BODIES_BYTES_MAX = 16 * 1024 * 1024
const BODIES_TIMES_FREE = 3

export type WebOptions = {
  /** How long a request may take, in milliseconds. */
  requestLimitMs?: number
  /** How many requests may be in progress at a time; others are refused. */
  requestsMost?: number
  /** How many live pages and exports may be open at a time. */
  streamsMost?: number
  /** Memory for bodies being received, with their connections, in bytes. */
  bodiesBytesMost?: number
  /** After how long without an event a stream for a browser gets a comment, in milliseconds. */
  quietMs?: number
}

/**
 * The API, its documentation and the console as one Hono application. After `drain()` it reports that it is
 * not ready and closes connections. `end()` gives requests with an Idempotency-Key a moment to end, then
 * releases what they hold.
 */
export function createWeb(app: App, options: WebOptions = {}) {
  const { config, log } = app
  const { requestLimitMs = REQUEST_LIMIT_MS, requestsMost = REQUESTS_MAX } = options
  const { streamsMost = STREAMS_MAX, bodiesBytesMost = BODIES_BYTES_MAX } = options
  const service: Service = {
    draining: false,
    streams: createShares(streamsMost, STREAMS_TIMES_FREE),
    bodies: createShares(bodiesBytesMost, BODIES_TIMES_FREE),
  }
  const hono = new OpenAPIHono<Env>({ getPath: pathOf })

  function refuse(c: HttpContext, thrown: unknown): Response {
    const { requestId } = c.get('exchange')
    const error = toAppError(thrown, log, requestId)
    if (isDoor(c.req.path)) return send(c, refuseAtDoor(c.req.path, error))
    return send(c, problem(error, requestId, docsUrl(c, config.PUBLIC_URL)))
  }

  hono.use(
    exchange(service, readTrust(config.TRUST_PROXY)),
    overload(requestsMost),
    ...(isTracing() ? [trace] : []),
    accessLog(log),
    timeout((path) => (isDoor(path) ? DOOR_LIMIT_MS : requestLimitMs)),
  )
  hono.onError((error, c) => refuse(c, error))
  hono.notFound((c) => refuse(c, new AppError('not_found', { detail: say('no_such_address') })))

  const throttle = createKeyThrottle()
  const authentication = createAuthentication(app, throttle)
  const clientAccess = createClientAccess(app, throttle)
  const gate = createGate(authentication, clientAccess)
  const leases = createLeases(app)
  const mount = createMount({
    hono,
    app,
    gate,
    once: createOnce(leases, refuse),
    preflight: clientAccess.preflight,
  })
  apiRoutes(mount)
  const hub = createHub(app, options)
  clientRoutes(mount, hub)
  exportFigures(app)
  serviceRoutes(hono, app, service)
  inboundRoutes(hono, app)

  const doors = createDoors(app, { throttle, leases })
  doorRoutes(hono, app, doors)
  hostedRoutes(hono, app, clientAccess)
  documentRoutes(hono, config.PUBLIC_URL)
  refuseOtherMethods(hono)
  loadLater(hono, '/console', async (pages) => {
    const { consoleRoutes } = await import('./console/routes.ts')
    consoleRoutes(pages, app, { authentication, leases })
    refuseOtherMethods(pages)
  })
  return Object.assign(hono, {
    doors,
    drain(): void {
      service.draining = true
      hub.close()
    },
    end: leases.end,
  })
}

/** Metrics of the whole installation, which the database and the queue know: only the API exports them. */
function exportFigures(app: App): void {
  exportBillingMetrics(app.db)
  exportRoutingMetrics(app.db, app)
  exportCallMetrics(app)
  exportWebhookMetrics(app.db)
  exportPartitionMetrics(app.db)
  exportReplicaMetrics(app.db, app.config.DATABASE_READ_URL ? app.readers : null)
}

/**
 * Serves `path`, and everything below it, with routes that `add` loads with the first request: a process that serves only
 * the API saves 10 MiB. Middleware and errors are those of `hono`.
 */
function loadLater(
  hono: OpenAPIHono<Env>,
  path: string,
  add: (routes: OpenAPIHono<Env>) => Promise<void>,
): void {
  async function load() {
    const routes = new OpenAPIHono<Env>()
    routes.use((c, next) => {
      if (c.env.exchange) c.set('exchange', c.env.exchange)
      return next()
    })
    routes.onError((error) => {
      throw error
    })
    await add(routes)
    return routes
  }
  let loading: ReturnType<typeof load> | undefined
  async function serve(c: HttpContext) {
    loading ??= load().catch((error) => {
      loading = undefined
      throw error
    })
    const routes = await loading
    return routes.fetch(c.req.raw, { ...c.env, exchange: c.get('exchange') })
  }
  hono.all(path, serve).all(`${path}/*`, serve)
}

/** Must come last: it takes the remaining methods of every existing path. */
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
