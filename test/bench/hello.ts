import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

/** A route that does nothing but answer `BODY`: what any request costs it, and the load generator. */
const body = process.env.BODY ?? ''
const headers = { 'content-type': 'application/json' }

const app = new Hono()
app.post('/', async (c) => {
  await c.req.text()
  return c.body(body, 201, headers)
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (info: AddressInfo) =>
  process.send?.({ ready: true, url: `http://127.0.0.1:${info.port}` }),
)
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))
