import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adjust } from '../../src/billing/post-by-hand.ts'
import { verifyLedger } from '../../src/billing/verify.ts'
import type { ClientContext } from '../../src/context.ts'
import { deleteTenant, getTenant, updateTenant } from '../../src/tenants/tenants.ts'
import { publicId } from '../../src/values/ids.ts'
import { say } from '../../src/words/text.ts'
import { fund, liveRoute, liveTenant, money, runToTheEnd, setPrice } from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, outcome, refusal } from '../verifications/support.ts'

describe('a tenant', () => {
  let test: TestApp
  let admin: ClientContext
  beforeAll(async () => {
    test = await startTestApp()
    admin = await liveTenant(test, 'admin')
    await liveRoute(test, admin)
  })
  afterAll(async () => {
    expect(await verifyLedger(test.app.db)).toEqual([])
    await test.stop()
  })

  const idOf = ({ actor }: ClientContext) => publicId('tenant', actor.tenantId)
  const remove = (client: ClientContext) => deleteTenant(admin, { id: idOf(client) })
  const correct = (client: ClientContext, direction: 'credit' | 'debit', amount: bigint) =>
    adjust(client, { direction, amount, currency: 'RUB', reason: 'the end', reference: null })

  const open = (balance: string, reserved: string) =>
    say('tenant_balance_open', { balance, reserved, currency: 'RUB' })

  async function onCredit(): Promise<ClientContext> {
    const client = await liveTenant(test)
    await setPrice(client, 350_000n)
    await updateTenant(admin, { id: idOf(client), changes: { credit_limit: 1_000_000n } })
    return client
  }

  it('with money left can be deleted once it is paid back', async () => {
    const client = await liveTenant(test)
    await fund(client, 5_000_000n)
    const refused = await refusal(remove(client))
    expect(refused.code).toBe('conflict')
    expect(refused.options.detail).toEqual(open('5.000000', '0.000000'))
    expect((await getTenant(admin, { id: idOf(client) })).id).toBe(idOf(client))
    await correct(client, 'debit', 5_000_000n)
    await remove(client)
    expect((await refusal(getTenant(admin, { id: idOf(client) }))).code).toBe('not_found')
  })

  it('with debt or a call in flight can be deleted once the call has ended and the debt is written off', async () => {
    const client = await onCredit()
    const { id } = await begin(client)
    expect(await money(client)).toEqual(['0.000000', '0.350000', '0.650000'])
    expect((await refusal(remove(client))).options.detail).toEqual(open('0.000000', '0.350000'))
    await runToTheEnd(test, id)
    expect((await refusal(remove(client))).options.detail).toEqual(open('-0.350000', '0.000000'))
    await correct(client, 'credit', 350_000n)
    await remove(client)
  })

  it('deleted during a start either pays for the call or places none', async () => {
    const client = await onCredit()
    const [removed, ...started] = await Promise.all([
      outcome(remove(client)),
      ...Array.from({ length: 2 }, () => outcome(begin(client))),
    ])
    const wanted = removed === 'ok' ? 'insufficient_balance' : 'ok'
    expect(new Set(started.filter((each) => each !== wanted)).size).toBe(0)
  })

  it('deleted during a correction keeps no unreachable money', async () => {
    for (let i = 0; i < 10; i++) {
      const client = await liveTenant(test)
      const [removed, credited] = await Promise.all([
        outcome(remove(client)),
        outcome(correct(client, 'credit', 1n)),
      ])
      expect([
        ['ok', 'not_found'],
        ['conflict', 'ok'],
      ]).toContainEqual([removed, credited])
    }
  })

  it('that was deleted gives no credit to a cached key', async () => {
    const client = await onCredit()
    await remove(client)
    expect(await outcome(begin(client))).toBe('insufficient_balance')
  })
})
