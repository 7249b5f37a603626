import { createHash, timingSafeEqual } from 'node:crypto'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { App } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Env, HttpContext, Service } from '../../exchange/exchange.ts'
import { soleHeader } from '../../exchange/headers.ts'
import { send, sendText } from '../../exchange/send.ts'
import { oncePerScrape, registry } from '../../process/metrics.ts'
import { say } from '../../words/text.ts'
import { describeProblems, UNREADABLE } from '../describe.ts'
import { bearer } from '../middleware/authenticate.ts'

const tag = 'Service'
const Health = z.object({ status: z.literal('ok') }).openapi('Health')
const Unready = z
  .object({ status: z.enum(['unavailable', 'draining']), down: z.array(z.enum(['database', 'queue'])) })
  .openapi('Unready')
export const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})

export type Open = (
  path: string,
  operationId: string,
  text: readonly [summary: string, description: string],
  responses: Parameters<typeof createRoute>[0]['responses'],
  handle: (c: HttpContext) => Promise<Response> | Response,
) => void

/** Adds and documents GET routes that need no API key. */
export function createOpen(hono: OpenAPIHono<Env>): Open {
  return (path, operationId, [summary, description], responses, handle) => {
    const problems = describeProblems(['internal', 'unavailable'])
    const route = {
      method: 'get' as const,
      path,
      operationId,
      summary,
      description,
      tags: [tag],
      security: [],
    }
    hono.openAPIRegistry.registerPath(
      createRoute({ ...route, responses: { ...UNREADABLE, ...problems, ...responses } }),
    )
    hono.get(path, (c) => {
      c.get('exchange').route = path
      return handle(c)
    })
  }
}

/** Health, readiness and metrics of a process: the API, or a worker with `WORKER_PORT`. */
export function probeRoutes(
  open: Open,
  app: Pick<App, 'config' | 'readiness'>,
  service: Pick<Service, 'draining'>,
): void {
  open(
    '/healthz',
    'getHealth',
    [
      'Check that the process is running',
      'For restarting a process that hangs: it asks nothing else, so an outage of the database restarts nothing.',
    ],
    { 200: json('It is running.', Health) },
    (c) => send(c, { status: 200, body: { status: 'ok' } }),
  )

  open(
    '/readyz',
    'getReadiness',
    [
      'Check that the service can handle requests',
      'For load balancers: send no requests here while it answers 503.',
    ],
    {
      200: json('Database and queue respond, and the database accepts writes.', Health),
      503: { ...json('The names of the dependencies that are down.', Unready), headers: {} },
    },
    async (c) => {
      const down = await app.readiness.whatIsDown()
      if (down.length === 0 && !service.draining) return send(c, { status: 200, body: { status: 'ok' } })
      const status = service.draining ? 'draining' : 'unavailable'
      return send(c, { status: 503, headers: { 'retry-after': '1' }, body: { status, down } })
    },
  )

  // Scrapes are never refused and some metrics query the database, so simultaneous scrapes share one
  // collection.
  const collect = oncePerScrape(() => registry.metrics())

  open(
    '/metrics',
    'getMetrics',
    ['Get metrics for Prometheus', 'With METRICS_TOKEN set, send it as the bearer token.'],
    {
      200: {
        description: 'Prometheus text format 0.0.4.',
        content: { 'text/plain': { schema: { type: 'string' } } },
      },
      ...describeProblems(['unauthorized']),
    },
    async (c) => {
      requireToken(app.config.METRICS_TOKEN, soleHeader(c, 'Authorization'))
      return sendText(c, 200, { 'content-type': registry.contentType }, await collect())
    },
  )
}

function requireToken(token: string | undefined, header: string | undefined): void {
  if (token === undefined) return
  const digest = (text: string) => createHash('sha256').update(text).digest()
  if (timingSafeEqual(digest(token), digest(bearer(header) ?? ''))) return
  throw new AppError('unauthorized', { detail: say('metrics_token_wrong') })
}
