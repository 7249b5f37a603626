import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { verifyLedger } from '../../src/billing/verify.ts'
import type { ClientContext } from '../../src/context.ts'
import { attempts } from '../../src/db/schema/index.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { retry } from '../../src/verifications/retry.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, newPhone, placeCalls, refusal, stored, uuidOf } from '../verifications/support.ts'
import { fund, liveRoute, liveTenant, money, type Operator, runToTheEnd, setPrice } from './support.ts'

const SILENT = '+79000000004'
const NO_SUCH = '+79000000003'
const REFUSED = '+79000000007'

describe('the money of a call', () => {
  let test: TestApp
  let operators: Operator[]
  beforeAll(async () => {
    test = await startTestApp({}, { shortCalls: true })
    operators = await liveRoute(test, await liveTenant(test, 'admin'))
  })
  afterAll(async () => {
    expect(await verifyLedger(test.app.db)).toEqual([])
    await test.stop()
  })

  async function priced(per: 'attempt' | 'delivered' | 'approved', funds = 1_000_000n, amount = 350_000n) {
    const client = await liveTenant(test, per)
    await setPrice(client, amount, per)
    if (funds > 0n) await fund(client, funds)
    return client
  }

  const codesOf = (phone: string) =>
    operators
      .flatMap(({ namespace }) => test.sandbox.calls.list(namespace, phone))
      .sort((a, b) => a.id - b.id)
      .map(({ code }) => code)

  const typesOf = async (client: ClientContext, id: string) =>
    (await readAudit(client, { id })).data
      .map(({ type }) => type)
      .filter((type) => type.startsWith('billing'))

  it('is reserved by the start, captured when the call ends, and recorded in the chain', async () => {
    const client = await priced('attempt')
    const { id } = await begin(client)
    expect(await money(client)).toEqual(['1.000000', '0.350000', '0.650000'])
    await runToTheEnd(test, id)
    expect(await money(client)).toEqual(['0.650000', '0.000000', '0.650000'])
    expect(await typesOf(client, id)).toEqual(['billing.reserved', 'billing.captured'])
    expect((await readAudit(client, { id })).chain).toBe('intact')
  })

  it('is captured without waiting for the tenant’s reservations', async () => {
    const client = await priced('delivered')
    const { id } = await begin(client)
    await test.app.db.sql.begin(async (tx) => {
      const held = await tx`
        select from ledger_balances where owner_id = ${client.actor.tenantId} and account = 'funds' for update`
      expect(held).toHaveLength(1)
      await runToTheEnd(test, id)
    })
    expect(await money(client)).toEqual(['0.650000', '0.000000', '0.650000'])
  })

  it.each([
    ['attempt', SILENT, '0.300000', ['captured', 'captured']],
    ['attempt', NO_SUCH, '0.650000', ['captured']],
    ['attempt', REFUSED, '1.000000', ['released', 'released']],
    ['delivered', SILENT, '1.000000', ['released', 'released']],
    ['delivered', REFUSED, '1.000000', ['released', 'released']],
    ['approved', SILENT, '1.000000', ['released', 'released']],
  ] as const)('per %s, for %s, leaves %s', async (per, phone, left, charges) => {
    const client = await priced(per)
    const { id } = await begin(client, { phone })
    await runToTheEnd(test, id)
    expect(await money(client)).toEqual([left, '0.000000', left])
    expect((await stored(test, id)).calls.map(({ charge }) => charge)).toEqual(charges)
  })

  it('per delivered is captured if the phone rang, even after the verification was cancelled', async () => {
    const client = await priced('delivered')
    const { id } = await begin(client)
    await placeCalls(test, id)
    await cancel(client, { id })
    expect(await money(client)).toEqual(['1.000000', '0.350000', '0.650000'])
    await runToTheEnd(test, id)
    expect(await money(client)).toEqual(['0.650000', '0.000000', '0.650000'])
  })

  it.each(['first', 'last'] as const)(
    'per approved is captured once, for the call whose code is typed: the %s',
    async (which) => {
      const client = await priced('approved')
      const { id, phone } = await begin(client)
      await runToTheEnd(test, id)
      expect((await money(client))[1]).toBe('0.350000')
      await test.app.db
        .sql`update attempts set placing_at = now() - interval '1 minute' where verification_id = ${uuidOf(id)}`
      await retry(client, { id })
      expect((await money(client))[1]).toBe('0.700000')
      await runToTheEnd(test, id)
      const [first, last] = codesOf(phone)
      await confirm(client, { id, code: (which === 'first' ? first : last) ?? '' })
      expect(await money(client)).toEqual(['0.650000', '0.000000', '0.650000'])
      const isFirst = which === 'first' && first !== last
      expect((await stored(test, id)).calls.map(({ charge }) => charge)).toEqual(
        isFirst ? ['captured', 'released'] : ['released', 'captured'],
      )
    },
  )

  it('per approved is released if the code is never typed', async () => {
    const client = await priced('approved')
    const { id } = await begin(client)
    await runToTheEnd(test, id)
    await cancel(client, { id })
    expect(await money(client)).toEqual(['1.000000', '0.000000', '1.000000'])
  })

  it('is released if no call was placed', async () => {
    const client = await priced('attempt')
    const { id } = await begin(client)
    await cancel(client, { id })
    expect(await money(client)).toEqual(['1.000000', '0.000000', '1.000000'])
    expect(await typesOf(client, id)).toEqual(['billing.reserved', 'billing.released'])
  })

  it('of a superseded verification is released by the new start', async () => {
    const client = await priced('attempt')
    const phone = newPhone()
    const first = await begin(client, { phone })
    const second = await begin(client, { phone })
    expect((await money(client))[1]).toBe('0.350000')
    expect((await stored(test, first.id)).calls[0]?.charge).toBe('released')
    expect((await stored(test, second.id)).calls[0]?.charge).toBe('reserved')
  })

  it('of a superseded verification pays for the new start if no call was placed', async () => {
    const client = await priced('attempt', 350_000n)
    await updatePolicy(client, { spend_per_day: '0.35' })
    await waitFor(
      async () => (await test.app.policies.of(client.actor.tenantId)).policy.spend_per_day !== null,
    )
    const phone = newPhone()
    const first = await begin(client, { phone })
    const [second, third] = await Promise.all([begin(client, { phone }), begin(client, { phone })])
    expect(await money(client)).toEqual(['0.350000', '0.350000', '0.000000'])
    for (const { id } of [first, second]) expect((await stored(test, id)).calls[0]?.charge).toBe('released')
    const other = await refusal(begin(client))
    expect(['insufficient_balance', 'rate_limited']).toContain(other.code)

    await placeCalls(test, third.id)
    const refused = await refusal(begin(client, { phone }))
    expect(['insufficient_balance', 'rate_limited']).toContain(refused.code)
    // A denied start supersedes nothing.
    expect((await get(client, third)).status).not.toBe('cancelled')
    await runToTheEnd(test, third.id)
    expect(await money(client)).toEqual(['0.000000', '0.000000', '0.000000'])
  })

  it('per approved is released by the new start, even for a call in flight', async () => {
    const client = await priced('approved', 350_000n)
    const phone = newPhone()
    const first = await begin(client, { phone })
    await placeCalls(test, first.id)
    const second = await begin(client, { phone })
    expect(await money(client)).toEqual(['0.350000', '0.350000', '0.000000'])
    await runToTheEnd(test, first.id)
    await cancel(client, second)
    expect(await money(client)).toEqual(['0.350000', '0.000000', '0.350000'])
  })

  it('must suffice: otherwise the start is denied, with its verification and the rule', async () => {
    const client = await priced('attempt', 300_000n)
    const error = await refusal(begin(client))
    expect(error).toMatchObject({ code: 'insufficient_balance', status: 402 })
    const { verification: id } = error.options.extra as { verification: string }
    expect((await get(client, { id })).status).toBe('denied')
    const { data } = await readAudit(client, { id })
    expect(data[0]?.data).toMatchObject({ rule: 'balance', counter: '0.300000', threshold: '0.350000' })
    expect(await money(client)).toEqual(['0.300000', '0.000000', '0.300000'])
  })

  it('may be owed up to the credit limit', async () => {
    const client = await priced('attempt', 0n)
    await test.app.db.sql`update tenants set credit_limit_micros = 700000 where id = ${client.actor.tenantId}`
    const phones = await Promise.allSettled([begin(client), begin(client), begin(client)])
    expect(phones.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect(await money(client)).toEqual(['0.000000', '0.700000', '0.000000'])
  })

  it('must suffice for a fallback too, which may use what the refused call releases', async () => {
    const enough = await priced('delivered', 350_000n)
    const { id } = await begin(enough, { phone: SILENT })
    await runToTheEnd(test, id)
    expect((await stored(test, id)).calls).toHaveLength(2)

    const short = await priced('attempt', 350_000n)
    const other = await begin(short, { phone: SILENT })
    await runToTheEnd(test, other.id)
    const ended = await get(short, other)
    expect(ended).toMatchObject({ status: 'failed', failure: { code: 'insufficient_balance' } })
    expect(ended.attempts_detail).toHaveLength(1)
  })

  it('must suffice for a retry too', async () => {
    const client = await priced('attempt', 350_000n)
    const { id } = await begin(client)
    await runToTheEnd(test, id)
    await test.app.db
      .sql`update attempts set placing_at = now() - interval '1 minute' where verification_id = ${uuidOf(id)}`
    expect((await refusal(retry(client, { id }))).code).toBe('insufficient_balance')
    expect((await get(client, { id })).status).toBe('delivered')
  })

  it('is bounded by spend_per_day, less what is released', async () => {
    const client = await priced('attempt', 10_000_000n)
    await updatePolicy(client, { spend_per_day: '0.70' })
    const first = await begin(client)
    await begin(client)
    const error = await refusal(begin(client))
    expect(error).toMatchObject({ code: 'rate_limited', options: { extra: { rule: 'spend_per_day' } } })
    expect(error.options.retryAfterSeconds).toBeLessThanOrEqual(86_400)
    await cancel(client, first)
    await begin(client)
  })

  it('is priced but not moved in test mode', async () => {
    const live = await priced('attempt', 0n)
    const client = test.clientContext(live.actor.tenantId)
    const { id } = await begin(client)
    await runToTheEnd(test, id)
    expect((await stored(test, id)).calls[0]).toMatchObject({ charge: 'captured', priceMicros: 350_000n })
    expect(await money(live)).toEqual(['0.000000', '0.000000', '0.000000'])
    expect(await typesOf(client, id)).toEqual([])
  })

  it('is neither charged nor locked without a price', async () => {
    const client = await liveTenant(test)
    const { id } = await begin(client)
    await runToTheEnd(test, id)
    const { tenantId } = client.actor
    const rows = await test.app.db.sql`select * from ledger_balances where owner_id = ${tenantId}`
    expect(rows).toHaveLength(0)
    const [call] = await test.app.db.orm
      .select()
      .from(attempts)
      .where(eq(attempts.verificationId, uuidOf(id)))
    expect(call).toMatchObject({ charge: null, priceMicros: null, costMicros: 200_000n, costCurrency: 'RUB' })
  })
})
