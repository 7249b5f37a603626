import { author } from '../../context.ts'
import type { Middleware } from '../../exchange/exchange.ts'
import { inSpan, label, markFailed } from '../../process/tracing.ts'
import { publicId } from '../../values/ids.ts'
import { PROBES } from './access-log.ts'

/**
 * A span for each request, named after its route: never a path or query, which may hold phones and tokens, nor the
 * client's address. A client's `traceparent` is continued; whether its sampled flag decides is up to
 * OTEL_TRACES_SAMPLER.
 */
export const trace: Middleware = async function trace(c, next) {
  if (PROBES.has(c.req.path)) return next()
  const { method } = c.req
  const { requestId } = c.get('exchange')
  const parent = c.req.header('traceparent') ?? null
  const attributes = { 'http.request.method': method }
  await inSpan(method, { kind: 'SERVER', parent, attributes }, async (span) => {
    await next()
    const { route, actor, sent } = c.get('exchange')
    const status = sent?.status ?? c.res.status
    label({
      request_id: requestId,
      ...(actor && {
        key: author({ actor, requestId }).actor,
        tenant: publicId('tenant', actor.tenantId),
      }),
    })
    span?.setAttribute('http.response.status_code', status)
    if (route) span?.updateName(`${method} ${route}`).setAttribute('http.route', route)
    if (status >= 500) markFailed(String(status))
  })
}
