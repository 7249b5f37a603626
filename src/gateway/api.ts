import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { z } from 'zod'
import type { Calls } from './calls.ts'
import { writeCursor } from './journal-pages.ts'
import { holdsKey } from './key.ts'
import { callId, callSchema, listSchema, trunkId, trunkSchema } from './schemas.ts'
import type { Trunks } from './trunks.ts'

const REFUSALS = {
  conflict: 409,
  channels: 429,
  rate: 429,
  stopped: 503,
  unregistered: 503,
  stopping: 503,
  failed: 503,
} as const

/** The gateway’s HTTP API, for workers of the same installation. `key`: what each request must show. */
export function gatewayApi({
  calls,
  trunks,
  key,
  failed,
}: {
  calls: Calls
  trunks: Trunks
  key: string
  failed(error: Error): void
}): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    failed(error)
    return c.json({ error: 'internal' }, 500)
  })
  app.use(bodyLimit({ maxSize: 64 * 1024, onError: (c) => c.json({ error: 'too_large' }, 413) }))
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.use('/v1/*', async (c, next) => {
    if (!holdsKey(c.req.header('authorization'), key)) return c.json({ error: 'unauthorized' }, 401)
    return next()
  })

  app.put('/v1/calls/:id', async (c) => {
    const id = callId.safeParse(c.req.param('id'))
    const order = await bodyOf(c, callSchema)
    if (!id.success || !order.success) return invalid(c, order.success ? id : order)
    const placed = await calls.place(id.data, order.data)
    if (placed.kind === 'refused') return c.json({ error: placed.reason }, REFUSALS[placed.reason])
    return c.json(placed.call, placed.isNew ? 201 : 200)
  })

  app.get('/v1/calls/:id', (c) => found(c, calls.get(c.req.param('id'))))
  app.delete('/v1/calls/:id', (c) => found(c, calls.hangUp(c.req.param('id'))))

  app.get('/v1/calls', async (c) => {
    const query = listSchema.safeParse(c.req.query())
    if (!query.success) return invalid(c, query)
    const { from, to, phone, trunk, limit, after } = query.data
    const { data, next } = await calls.list({
      from: Date.parse(from),
      to: Date.parse(to),
      limit,
      after,
      wants: (call) =>
        (phone === undefined || call.to === phone) &&
        (trunk === undefined || call.trunk === trunk || call.trunk.startsWith(`${trunk}-`)),
    })
    return c.json({ data, next: next && writeCursor(next) })
  })

  app.put('/v1/trunks/:id', async (c) => {
    const id = trunkId.safeParse(c.req.param('id'))
    const settings = await bodyOf(c, trunkSchema)
    if (!id.success || !settings.success) return invalid(c, settings.success ? id : settings)
    await trunks.tell(id.data, settings.data)
    return found(c, trunks.view(id.data))
  })
  app.post('/v1/trunks/:id/restart', (c) => {
    trunks.restart(c.req.param('id'))
    return c.json({})
  })

  app.get('/v1/trunks/:id', (c) => found(c, trunks.view(c.req.param('id'))))

  app.notFound((c) => c.json({ error: 'not_found' }, 404))
  return app
}

const found = (c: Context, what: object | null) =>
  what === null ? c.json({ error: 'not_found' }, 404) : c.json(what)

async function bodyOf<T extends z.ZodType>(c: Context, schema: T) {
  return schema.safeParse(await c.req.json().catch(() => null))
}

/** Names what is wrong without quoting it: it may be a password. */
function invalid(c: Context, { error }: { error?: z.ZodError | undefined }) {
  const fields = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
  return c.json({ error: 'invalid', fields }, 422)
}
