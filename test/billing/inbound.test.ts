import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPrice } from '../../src/billing/prices/prices.ts'
import { verifyLedger } from '../../src/billing/verify.ts'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import type { ClientContext } from '../../src/context.ts'
import { startRun } from '../../src/reconciliation/runs.ts'
import { createRoute } from '../../src/routing/routes.ts'
import { callIn } from '../../src/sandbox/inbound.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { get } from '../../src/verifications/read.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, jobOf, newPhone, stored, uuidOf } from '../verifications/support.ts'
import { fund, liveRoute, liveTenant, money, type Operator } from './support.ts'

const channel = 'inbound_call'

describe('the money of an inbound call', () => {
  let test: TestApp
  let operator: Operator
  let admin: ClientContext
  beforeAll(async () => {
    test = await startTestApp()
    admin = await liveTenant(test, 'admin')
    const [first] = await liveRoute(test, admin, ['telefon-ip'])
    operator = first as Operator
    await createRoute(admin, { prefix: '+7', channel, accounts: [operator.id] })
    await waitFor(async () => {
      const destination = { tenantId: '', livemode: true, phone: newPhone(), channel } as const
      return (await test.app.routing.candidates(destination)).length > 0
    })
  })
  afterAll(async () => {
    expect(await verifyLedger(test.app.db)).toEqual([])
    await test.stop()
  })

  async function awaited(per: 'attempt' | 'delivered' | 'approved') {
    const client = await liveTenant(test, per)
    await createPrice(client, { prefix: '+7', channel, per, amount: 300_000n, currency: 'RUB', list: 'own' })
    await fund(client, 1_000_000n)
    const { id, phone } = await begin(client, { phone: newPhone(), channel })
    expect((await money(client))[1]).toBe('0.300000')
    await place(test.worker, await jobOf(test, id))
    return { client, id, phone }
  }
  async function callFrom(client: ClientContext, { id, phone }: { id: string; phone: string }) {
    const { call_to } = await get(client, { id })
    const requests = test.sandbox.calls.list(operator.namespace, phone)
    expect(callIn(requests, call_to?.number ?? '+74957770101', Date.now())).not.toBeNull()
  }
  const pollOnce = async (id: string) => poll(test.worker, await jobOf(test, id))
  const charge = async (id: string) => (await stored(test, id)).calls.map((call) => call.charge)

  it.each(['attempt', 'delivered', 'approved'] as const)(
    'is charged once if the price is per %s and the phone called',
    async (per) => {
      const { client, id, phone } = await awaited(per)
      await callFrom(client, { id, phone })
      await pollOnce(id)
      await pollOnce(id)
      expect((await get(client, { id })).status).toBe('approved')
      expect(await money(client)).toEqual(['0.700000', '0.000000', '0.700000'])
    },
  )

  it.each([
    ['attempt', 'captured'],
    ['delivered', 'released'],
    ['approved', 'released'],
  ] as const)('if nobody called and the price is per %s, is %s', async (per, end) => {
    const { id } = await awaited(per)
    await test.app.db.sql`
      update attempts set deadline_at = now() - interval '1 ms' where verification_id = ${uuidOf(id)}`
    await pollOnce(id)
    expect(await charge(id)).toEqual([end])
  })

  it('is found in the operator’s records, and one that nobody made is not missed there', async () => {
    const [made, unmade] = [await awaited('delivered'), await awaited('delivered')]
    await callFrom(made.client, made)
    await test.app.db.sql`
      update attempts set deadline_at = now() - interval '1 ms' where verification_id = ${uuidOf(unmade.id)}`
    await pollOnce(made.id)
    await pollOnce(unmade.id)
    const to = new Date(Date.now() + 1000)
    const from = new Date(to.getTime() - 3_600_000)
    const run = await startRun(admin, { account: operator.id, from, to })
    const kinds = run.findings.map(({ kind, verification }) => [kind, verification])
    expect(kinds.filter(([, id]) => id === unmade.id)).toEqual([])
    expect(kinds.filter(([kind, id]) => id === made.id && kind !== 'price_differs')).toEqual([])
    expect(kinds.map(([kind]) => kind)).not.toContain('charged_unknown')
  })

  it.each([
    ['delivered', 'captured'],
    ['approved', 'released'],
  ] as const)('if the call came after the end and the price is per %s, is %s', async (per, end) => {
    const { client, id, phone } = await awaited(per)
    await cancel(client, { id })
    await callFrom(client, { id, phone })
    await pollOnce(id)
    expect(await charge(id)).toEqual([end])
    expect((await get(client, { id })).status).toBe('cancelled')
  })
})
