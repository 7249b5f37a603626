import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { claimDue } from '../../src/events/claim.ts'
import type { NewEndpointView } from '../../src/events/schemas.ts'
import { settle } from '../../src/events/settle.ts'
import { sweepDeliveries } from '../../src/events/sweep.ts'
import { explainAll, listen } from '../plans/explained.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, secondApp } from '../verifications/support.ts'
import { endpointAt, uuidOfEndpoint } from './support.ts'

const heard = listen()
const VERIFICATIONS = 4000
const EVENTS = 5

let test: TestApp
let second: ReturnType<typeof secondApp>
let endpoint: NewEndpointView
let without: ClientContext

beforeAll(async () => {
  test = await startTestApp()
  without = await test.newTenant()
  endpoint = await endpointAt(await test.newTenant(), 'http://127.0.0.1:9/hook')
  const { sql } = test.app.db
  // Statistics from before there was anything to deliver.
  await sql`alter table webhook_deliveries set (autovacuum_enabled = off)`
  await sql`analyze webhook_deliveries`
  await sql`
    insert into webhook_deliveries (id, endpoint_id, tenant_id, livemode, event_id, type, verification_id, sequence, body,
      status, tries, due_at, created_at)
    select gen_random_uuid(), e.id, e.tenant_id, e.livemode, gen_random_uuid(), 'verification.created', v.id, n, '{}',
      'waiting', 0, now() - interval '1 minute' + n * interval '1 second', now()
    from webhook_endpoints e, (select gen_random_uuid() as id from generate_series(1, ${VERIFICATIONS}::int)) v,
      generate_series(1, ${EVENTS}::int) n`
  await explainAll(test.database.url, { generic: true })
  second = secondApp(test)
})
afterAll(async () => {
  await second?.app.close()
  await test?.stop()
})

const lookedAt = () =>
  heard.flatMap(({ scans }) =>
    scans.flatMap(({ table, looked }) => (table.startsWith('webhook_') ? [looked] : [])),
  )

it('claiming, recording and waking look at few of twenty thousand waiting deliveries', async () => {
  const id = uuidOfEndpoint(endpoint)
  heard.length = 0
  const due = await claimDue(second.app.db, id, 20)
  expect(due?.claimed.length).toBe(20)
  const [first] = due?.claimed ?? []
  if (!due || !first) return
  const answer = { status: 200, body: '', error: null, milliseconds: 1, headers: {} }
  await settle(second.app.db, due.endpoint, first, answer)
  await sweepDeliveries({ ...test.worker, ...second.app })
  expect(lookedAt().length).toBeGreaterThan(3)
  expect(Math.max(...lookedAt())).toBeLessThanOrEqual(20 * EVENTS)
})

it('a tenant without endpoints pays nothing: once that is known, its starts ask nothing more', async () => {
  const client = second.as(without)
  await begin(client)
  heard.length = 0
  await Promise.all(Array.from({ length: 10 }, () => begin(client)))
  const asked = heard.filter(({ statement }) => statement.includes('webhook_'))
  // At most once, if the cached answer has aged.
  expect(asked.length).toBeLessThanOrEqual(1)
  expect(asked.filter(({ statement }) => statement.includes('webhook_deliveries'))).toEqual([])
})
