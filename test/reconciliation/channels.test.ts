import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCost } from '../../src/billing/prices/costs.ts'
import { verifyLedger } from '../../src/billing/verify.ts'
import { poll } from '../../src/calls/poll.ts'
import type { ClientContext } from '../../src/context.ts'
import { startRun } from '../../src/reconciliation/runs.ts'
import { createRoute } from '../../src/routing/routes.ts'
import type { DialledCall } from '../../src/sandbox/calls.ts'
import { liveRoute, liveTenant, type Operator, runToTheEnd } from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, jobOf, newPhone, placeCalls, stored, uuidOf } from '../verifications/support.ts'

describe('the operator’s records', () => {
  let test: TestApp
  let admin: ClientContext
  let client: ClientContext
  let operator: Operator
  beforeAll(async () => {
    test = await startTestApp({}, { shortCalls: true })
    admin = await liveTenant(test, 'admin')
    const [first] = await liveRoute(test, admin, ['telefon-ip'])
    operator = first as Operator
    for (const channel of ['sms', 'inbound_call'] as const)
      await createRoute(admin, { prefix: '+7', channel, accounts: [operator.id] })
    client = await liveTenant(test)
  })
  afterAll(async () => {
    expect(await verifyLedger(test.app.db)).toEqual([])
    await test.stop()
  })

  async function reconcile() {
    const run = await startRun(admin, { account: operator.id, to: new Date(Date.now() + 1000) })
    expect(run).toMatchObject({ status: 'done', error: null })
    return run.findings
  }

  const newest = (phone: string) =>
    test.sandbox.calls.list(operator.namespace, phone).at(-1) as DialledCall & { awaits: object }

  /** A verification whose number the phone called, the request and its call `secondsApart`. */
  async function called({ phone = newPhone(), secondsApart = 0 } = {}) {
    const { id } = await begin(client, { channel: 'inbound_call', phone })
    await placeCalls(test, id)
    Object.assign(newest(phone).awaits, { calledAt: 0 })
    await test.app.db.sql`
      update attempts set placing_at = placing_at - ${secondsApart} * interval '1 s',
        placed_at = placed_at - ${secondsApart} * interval '1 s'
      where verification_id = ${uuidOf(id)}`
    await poll(test.worker, await jobOf(test, id))
    const { status, calls } = await stored(test, id)
    expect([status, calls[0]?.status]).toEqual(['approved', 'called'])
    return id
  }

  const costOf = async (id: string) => {
    const { costMicros, costCurrency } = (await stored(test, id)).calls[0] ?? {}
    return [costMicros, costCurrency]
  }

  it('with another code are not those of a message', async () => {
    const { id, phone } = await begin(client, { channel: 'sms' })
    await runToTheEnd(test, id)
    expect((await stored(test, id)).calls).toMatchObject([{ status: 'delivered' }])
    expect(await reconcile()).toEqual([])
    const message = newest(phone)
    message.code = message.code === '0000' ? '0001' : '0000'
    const found = (await reconcile()).toSorted((one, other) => (one.kind < other.kind ? -1 : 1))
    expect(found).toMatchObject([
      { kind: 'charged_unknown', phone },
      { kind: 'not_charged', verification: id },
    ])
    message.namespace = 'gone'
  })

  it('name the first price of an inbound call: it is noted and posted once, and no finding', async () => {
    const id = await called()
    expect(await costOf(id)).toEqual([null, null])
    expect(await reconcile()).toEqual([])
    expect(await costOf(id)).toEqual([200_000n, 'RUB'])
    expect(await reconcile()).toEqual([])
    const posted = await test.app.db.sql`
      select id from ledger_transactions where verification_id = ${uuidOf(id)} and kind = 'cost'`
    expect(posted).toHaveLength(1)
  })

  it('may date an inbound call when it came, long after the request', async () => {
    await called({ secondsApart: 90 })
    expect(await reconcile()).toEqual([])
  })

  it('of an inbound call are not those of a lost call of the phone', async () => {
    const phone = newPhone()
    const { id } = await begin(client, { phone })
    await test.app.db.sql`
      update attempts set status = 'unknown', assumed = true, account_id = ${operator.uuid}, provider = 'telefon-ip',
        placing_at = now(), unclear_at = now(), ended_at = now()
      where verification_id = ${uuidOf(id)}`
    await test.app.db.sql`
      with ended as (update verifications set status = 'failed', failure_code = 'unknown', completed_at = now()
      where id = ${uuidOf(id)} returning id)
      delete from live_verifications l using ended where ended.id = l.verification_id`
    await called({ phone, secondsApart: 60 })
    expect(await reconcile()).toEqual([])
    expect((await stored(test, id)).calls[0]).toMatchObject({ status: 'unknown', operatorRow: null })
  })

  it('differ once from the listed cost of an inbound call', async () => {
    await createCost(admin, {
      account: operator.id,
      prefix: '+7',
      channel: 'inbound_call',
      per: 'delivered',
      amount: 150_000n,
      currency: 'RUB',
    })
    await waitFor(async () => {
      const costs = await test.app.costLists()
      return costs.of(operator.uuid, { phone: '+79240000000', channel: 'inbound_call' }, new Date()) !== null
    })
    const id = await called()
    expect(await costOf(id)).toEqual([150_000n, 'RUB'])
    expect(await reconcile()).toMatchObject([
      { kind: 'price_differs', verification: id, difference: { amount: '0.050000' } },
    ])
    expect(await reconcile()).toEqual([])
  })
})
