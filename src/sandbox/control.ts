import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { SandboxEnv } from './answers.ts'
import { CALL_PRICE } from './calls.ts'
import { namespaceOf } from './credentials.ts'
import { FAULT_MODES, faultRequest } from './faults.ts'
import { callIn, inboundState } from './inbound.ts'
import type { Sandbox } from './state.ts'

const phone = z.string().regex(/^\+\d{4,15}$/)
const inboundRequest = z.strictObject({ from: phone, to: phone })
const NOTICE_TIMEOUT_MS = 3_000

/**
 * Routes that no real operator has: what handsets received, calls that they make, the ledger of dialled calls, and
 * faults on demand.
 * Each requires `Authorization: Bearer <key of the tenant’s sandbox accounts>` and shows only that namespace.
 */
export function controlRoutes(
  { calls, faults, now }: Sandbox,
  operators: readonly string[],
): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>()
  const wanted = faultRequest.extend({ operator: z.enum(operators) })

  for (const path of ['/handset/*', '/inbound', '/ledger', '/faults']) {
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

  app.post('/inbound', async (c) => {
    const request = inboundRequest.safeParse(await c.req.json().catch(() => null))
    if (!request.success) return c.json({ error: 'send from and to in E.164' }, 422)
    const { from, to } = request.data
    const awaited = callIn(calls.list(c.get('namespace'), from), to, now())
    if (awaited?.awaits.webhook) notify(awaited.awaits.webhook, awaited)
    return c.json({ from, to, awaited: awaited !== null })
  })

  app.get('/ledger', (c) => {
    const entries = calls.list(c.get('namespace'), phoneOf(c)).map((call) => {
      const state = inboundState(call, now())
      return {
        operator: call.operator,
        channel: call.channel,
        id: String(call.id),
        phone: call.phone,
        at: new Date(call.at).toISOString(),
        rings: state === null && call.course.ringsAfterMs !== null,
        status: state ?? calls.reported(call),
        price: calls.isCharged(call) ? CALL_PRICE : 0,
        has_code: state === null,
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

/** The operator's notice of an inbound call: sent once, whatever becomes of it. */
function notify(webhook: string, { phone, id }: { phone: string; id: number }): void {
  const url = new URL(webhook)
  url.search = new URLSearchParams({
    success: 'True',
    phone: `8${phone.slice(2)}`,
    id: String(id),
  }).toString()
  fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(NOTICE_TIMEOUT_MS) }).catch(() => {})
}

/** The phone of the query. An unencoded `+` arrives as a space. */
function phoneOf(c: Context): string | undefined {
  return c.req.query('phone')?.replace(/^ /, '+')
}
