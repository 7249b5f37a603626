import { OpenAPIHono } from '@hono/zod-openapi'
import type { App } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Env, HttpContext, Service } from '../exchange/exchange.ts'
import { docsUrl, problem, toAppError } from '../exchange/problem.ts'
import { send } from '../exchange/send.ts'
import { createShares } from '../process/shares.ts'
import { say } from '../words/text.ts'
import { readTrust } from './client-address.ts'
import { exchange } from './middleware/exchange.ts'
import { timeout } from './middleware/timeout.ts'
import { createOpen, probeRoutes } from './routes/probes.ts'

const LIMIT_MS = 10_000

/** `/healthz`, `/readyz` and `/metrics` of a process that serves nothing else. */
export function createProbes(app: App) {
  const service: Service = { draining: false, streams: createShares(0, 1), bodies: createShares(0, 1) }
  const hono = new OpenAPIHono<Env>()
  function refuse(c: HttpContext, thrown: unknown): Response {
    const { requestId } = c.get('exchange')
    const docs = docsUrl(c, app.config.PUBLIC_URL)
    return send(c, problem(toAppError(thrown, app.log, requestId), requestId, docs))
  }
  hono.use(
    exchange(service, readTrust(undefined)),
    timeout(() => LIMIT_MS),
  )
  hono.onError((error, c) => refuse(c, error))
  hono.notFound((c) => refuse(c, new AppError('not_found', { detail: say('no_such_address') })))
  probeRoutes(createOpen(hono), app, service)
  return {
    fetch: hono.fetch,
    drain(): void {
      service.draining = true
    },
  }
}
