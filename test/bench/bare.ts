import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import postgres from 'postgres'

/** What a user would build instead: a Hono route that inserts one row. */
const sql = postgres(process.env.DATABASE_URL ?? '', { max: 10, onnotice: () => {} })
await sql`
  create table if not exists bare_inserts (
    id bigint generated always as identity primary key, phone text not null, created_at timestamptz not null default now())`

const app = new Hono()
app.post('/', async (c) => {
  const { phone } = await c.req.json<{ phone: string }>()
  const [row] = await sql`insert into bare_inserts (phone) values (${phone}) returning id, created_at`
  return c.json({ ...row, phone }, 201)
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (info: AddressInfo) =>
  process.send?.({ ready: true, url: `http://127.0.0.1:${info.port}` }),
)
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))
