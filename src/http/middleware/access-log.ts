import { author } from '../../context.ts'
import type { Middleware } from '../../exchange/exchange.ts'
import type { Logger } from '../../process/log.ts'
import { observeRequest } from '../../process/metrics.ts'
import { publicId } from '../../values/ids.ts'

/** Machines call these every few seconds: log them at `info` only when they fail. */
export const PROBES = new Set(['/healthz', '/readyz', '/metrics'])

/**
 * Logs one line and records one metric per request, by route pattern: never paths, queries, bodies or
 * headers.
 */
export function accessLog(log: Logger): Middleware {
  return async function accessLog(c, next) {
    await next()
    const { requestId, startedAt, route, actor, sent, shed } = c.get('exchange')
    if (shed) return
    const status = sent?.status ?? c.res.status
    const durationMs = performance.now() - startedAt
    const { method } = c.req
    observeRequest(method, route, status, durationMs / 1000)
    const level = status < 400 && PROBES.has(route ?? '') ? 'debug' : 'info'
    if (!log.isLevelEnabled(level)) return
    log[level](
      {
        request_id: requestId,
        method,
        route,
        status,
        duration_ms: Math.round(durationMs * 10) / 10,
        key: actor ? author({ actor, requestId }).actor : undefined,
        tenant: actor ? publicId('tenant', actor.tenantId) : undefined,
      },
      'request',
    )
  }
}
