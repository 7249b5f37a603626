import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { listFindings, readFindings } from '../../src/reconciliation/findings.ts'
import { startRun } from '../../src/reconciliation/runs.ts'
import { FindingsQuery } from '../../src/reconciliation/schemas.ts'
import { getAccount } from '../../src/routing/accounts.ts'
import { addStop, endStops } from '../../src/routing/stops.ts'
import { parseId, publicId } from '../../src/values/ids.ts'
import { say } from '../../src/words/text.ts'
import { liveRoute, liveTenant, type Operator } from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { newPhone } from '../verifications/support.ts'
import { deliver, endpointAt, receiver } from './support.ts'

let test: TestApp
let admin: ClientContext
let other: ClientContext
let operator: Operator
const author = { actor: 'system', requestId: null }

beforeAll(async () => {
  test = await startTestApp({}, { shortCalls: true })
  admin = await liveTenant(test, 'admin')
  await test.app.db.sql`update tenants set is_first = id = ${admin.actor.tenantId}`
  operator = (await liveRoute(test, admin, ['telefon-ip']))[0] as Operator
  other = await liveTenant(test)
})
afterAll(() => test?.stop())

it('the installation’s tenant alone is told that an account stopped and recovered', async () => {
  const [own, foreign] = [await receiver(), await receiver()]
  const [first, second] = [await endpointAt(admin, own.url), await endpointAt(other, foreign.url)]
  const accountId = parseId('account', operator.id) as string
  const key = `account ${accountId}`
  await test.app.db.sql.begin(async (tx) => {
    await addStop(tx, { key, accountId, said: say('note_stopped') }, author)
  })
  await test.app.db.sql.begin((tx) => endStops(tx, { key, accountId }, author))
  await deliver(test, first, second)
  expect(own.types().sort()).toEqual(['account.recovered', 'account.stopped'])
  expect(own.received[0]?.body.data).toEqual({
    account: await getAccount(admin, { id: operator.id }),
    reason: 'unauthorized',
  })
  expect(foreign.received).toEqual([])
})

it('a finding is told as GET shows it, with an audit event, and is erased with its phone', async () => {
  const own = await receiver()
  const endpoint = await endpointAt(admin, own.url, { event_types: ['finding.created'] })
  const phone = newPhone()
  test.sandbox.calls.dial({
    namespace: operator.namespace,
    operator: 'telefon-ip',
    channel: 'flash_call',
    phone,
    code: '4711',
    course: { end: 'no_answer', ringsAfterMs: 0, endsAfterMs: 0, reportedAfterMs: 0, rewritten: false },
  })
  await startRun(admin, { account: operator.id, to: new Date(Date.now() + 1000) })
  await deliver(test, endpoint)
  const { data } = await listFindings(admin, FindingsQuery.parse({}))
  expect(data.length).toBeGreaterThan(0)
  const told = own.received.map(({ body }) => body.data.finding)
  expect(told).toEqual(expect.arrayContaining(data))
  const [event] = await test.app.db.sql<{ id: string }[]>`
    select id from audit_log where type = 'finding.created' and data::jsonb ->> 'finding' = ${data[0]?.id ?? ''}`
  expect(own.received.map(({ id }) => id)).toContain(publicId('event', event?.id ?? ''))
  await erasePhone(admin, { phone })
  const left = await test.app.db.sql`select from webhook_deliveries where body::text like ${`%${phone}%`}`
  expect(left.count).toBe(0)
  expect(await readFindings(test.app.db.sql, {}, 10)).not.toMatchObject([{ phone }])
})
