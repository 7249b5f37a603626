import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { SandboxEnv } from './answers.ts'
import { CALL_PRICE, isCharged } from './calls.ts'
import { namespaceOf } from './credentials.ts'
import { FAULT_MODES, faultRequest } from './faults.ts'
import type { Sandbox } from './state.ts'

/**
 * Routes that no real operator has: the handsets' calls and messages, the ledger of dialled calls, and faults on demand.
 * Each requires `Authorization: Bearer <key of the tenant’s sandbox accounts>` and shows only that namespace.
 */
export function controlRoutes({ calls, faults }: Sandbox, operators: readonly string[]): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>()
  const wanted = faultRequest.extend({ operator: z.enum(operators) })

  for (const path of ['/handset/*', '/ledger', '/faults']) {
    app.use(path, async (c, next) => {
      const token = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1]
      const namespace = token ? namespaceOf(token) : null
      if (!namespace) return c.json({ error: 'send a sandbox key as the bearer token' }, 401)
      c.set('namespace', namespace)
      return next()
    })
  }

  app.get('/handset/calls', (c) => c.json({ data: calls.handset(c.get('namespace'), phoneOf(c)) }))

  app.get('/handset/messages', (c) => c.json({ data: calls.messages(c.get('namespace'), phoneOf(c)) }))

  app.get('/ledger', (c) => {
    const entries = calls.list(c.get('namespace'), phoneOf(c)).map((call) => {
      const status = calls.reported(call)
      return {
        operator: call.operator,
        channel: call.channel,
        id: String(call.id),
        phone: call.phone,
        at: new Date(call.at).toISOString(),
        rings: call.course.ringsAfterMs !== null,
        status,
        price: isCharged(call.channel, status) ? CALL_PRICE : 0,
        has_code: true,
      }
    })
    return c.json({ data: entries })
  })

  app.post('/faults', async (c) => {
    const request = wanted.safeParse(await c.req.json().catch(() => null))
    if (!request.success) {
      const error = request.error.issues
        .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
        .join('; ')
      return c.json({ error, modes: FAULT_MODES }, 422)
    }
    if (!faults.add(c.get('namespace'), request.data)) return c.json({ error: 'too many faults' }, 429)
    return c.json(request.data, 201)
  })

  app.delete('/faults', (c) => {
    faults.clear(c.get('namespace'))
    return c.body(null, 204)
  })

  return app
}

/** The phone of the query. An unencoded `+` arrives as a space. */
function phoneOf(c: Context): string | undefined {
  return c.req.query('phone')?.replace(/^ /, '+')
}
