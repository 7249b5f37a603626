import { randomUUID } from 'node:crypto'
import type { Middleware, Service } from '../../exchange/exchange.ts'
import { clientAddress, type Trust } from '../client-address.ts'

const SANE = /^[A-Za-z0-9._-]{1,128}$/

/** Creates the `Exchange` of each request. Keeps the client's `X-Request-Id` if it is well-formed. */
export function exchange(service: Service, trust: Trust): Middleware {
  return async function exchange(c, next) {
    const given = c.req.header('x-request-id')
    c.set('exchange', {
      requestId: given !== undefined && SANE.test(given) ? given : randomUUID(),
      startedAt: performance.now(),
      service,
      route: null,
      actor: null,
      cors: null,
      sent: null,
      address: () =>
        clientAddress(trust, c.env?.incoming?.socket.remoteAddress, c.req.header('x-forwarded-for')),
      place: null,
      shed: false,
    })
    await next()
  }
}
