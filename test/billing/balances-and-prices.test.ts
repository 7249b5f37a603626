import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLedger } from '../../src/billing/verify.ts'
import { parseId } from '../../src/values/ids.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { begin } from '../verifications/support.ts'
import { newTenant, rub } from './requests.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(async () => {
  expect(await verifyLedger(test.app.db)).toEqual([])
  await test.stop()
})

const post = (path: string, body: unknown, headers = {}) => test.request('POST', path, { body, headers })
const topUp = (amount: unknown, fields = {}) =>
  post('/v1/billing/topups', { amount, currency: 'RUB', reference: 'r', ...fields })

describe('a balance', () => {
  it('starts at zero, grows by top-ups, and is corrected with a reason', async () => {
    const { headers } = await newTenant(test)
    const balance = async () => (await test.request('GET', '/v1/billing/balance', { headers })).body
    const nothing = rub('0.000000')
    expect(await balance()).toEqual({
      balance: nothing,
      reserved: nothing,
      credit_limit: nothing,
      available: nothing,
    })
    const added = await post(
      '/v1/billing/topups',
      { amount: '10.5', currency: 'RUB', reference: 'invoice 1' },
      headers,
    )
    expect(added.status).toBe(201)
    expect(added.body).toMatchObject({ kind: 'topup', amount: '10.500000', reference: 'invoice 1' })
    expect(added.body.id).toMatch(/^led_[0-9a-f]{32}$/)
    const adjustment = {
      direction: 'debit',
      amount: '0.5',
      currency: 'RUB',
      reason: 'charged twice by the bank',
    }
    const corrected = await post('/v1/billing/adjustments', adjustment, headers)
    expect(corrected.body).toMatchObject({ kind: 'adjustment', amount: '-0.500000' })
    expect((await balance()).available).toEqual(rub('10.000000'))
  })

  it('is topped up once per Idempotency-Key', async () => {
    const { headers } = await newTenant(test)
    const keyed = { ...headers, 'idempotency-key': `topup ${Math.random()}` }
    const body = { amount: '1', currency: 'RUB' }
    const [first, again] = [
      await post('/v1/billing/topups', body, keyed),
      await post('/v1/billing/topups', body, keyed),
    ]
    expect(again.body).toEqual(first.body)
    expect((await test.request('GET', '/v1/billing/balance', { headers })).body.balance).toEqual(
      rub('1.000000'),
    )
  })

  it.each([
    ['-1', 'must not be negative'],
    ['1e3', 'must not have an exponent'],
    ['1.0000001', 'must have at most 6 decimal places'],
    ['1000000000000.000001', 'must be at most 1000000000000 (10¹²)'],
    ['0', 'must be more than 0'],
    ['', 'must be a decimal string, e.g. "1000" or "0.35"'],
    ['١', 'must be a decimal string, e.g. "1000" or "0.35"'],
    ['0x10', 'must be a decimal string, e.g. "1000" or "0.35"'],
    [' 1', 'must be a decimal string, e.g. "1000" or "0.35"'],
  ])('refuses %j by name', async (amount, message) => {
    const answer = await topUp(amount)
    expect(answer.status).toBe(422)
    expect(answer.body.errors).toEqual([{ path: 'amount', message }])
  })

  it('refuses a number, another currency, an adjustment without a reason, a key without admin, and test keys', async () => {
    expect((await topUp(1)).status).toBe(422)
    expect((await topUp('1', { currency: 'EUR' })).body.errors[0].path).toBe('currency')
    const adjustment = { direction: 'credit', amount: '1', currency: 'RUB' }
    expect((await post('/v1/billing/adjustments', adjustment)).body.errors[0].path).toBe('reason')
    const { secret: reader } = await test.newKey({ scopes: ['billing'], livemode: true })
    const refused = await test.request('POST', '/v1/billing/topups', {
      key: reader,
      body: { amount: '1', currency: 'RUB' },
    })
    expect(refused.status).toBe(403)
    const { secret: tester } = await test.newKey({ scopes: ['admin', 'billing'] })
    const tried = await test.request('POST', '/v1/billing/topups', {
      key: tester,
      body: { amount: '1', currency: 'RUB' },
    })
    expect(tried.status).toBe(403)
  })
})

describe('prices', () => {
  it('are unique per prefix and start time, in the tenant’s currency', async () => {
    const { headers } = await newTenant(test)
    const price = { prefix: '+7', channel: 'flash_call', per: 'attempt', amount: '0.350000', currency: 'RUB' }
    const made = await post('/v1/prices', { ...price, valid_from: '2026-01-01T00:00:00Z' }, headers)
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ ...price, list: 'own', valid_from: '2026-01-01T00:00:00.000Z' })
    const twice = await post('/v1/prices', { ...price, valid_from: '2026-01-01T00:00:00Z' }, headers)
    expect(twice.status).toBe(409)
    expect((await post('/v1/prices', { ...price, currency: 'USD' }, headers)).status).toBe(422)
    const path = `/v1/prices/${made.body.id}`
    const changed = await test.request('PATCH', path, { body: { amount: '0.4' }, headers })
    expect(changed.body.amount).toBe('0.400000')
    expect((await test.request('GET', path)).status).toBe(404)
    expect((await test.request('DELETE', path, { headers })).status).toBe(204)
    expect((await test.request('GET', path, { headers })).status).toBe(404)
  })

  it('apply by longest prefix, own before default, the newest in force', async () => {
    const { id, headers } = await newTenant(test)
    const price = (prefix: string, amount: string, more = {}) =>
      post('/v1/prices', { prefix, per: 'attempt', amount, currency: 'RUB', ...more }, headers)
    await price('+7', '0.1', { valid_from: '2026-01-01T00:00:00Z' })
    await price('+7', '0.2', { valid_from: '2026-02-01T00:00:00Z' })
    await price('+7925', '0.3')
    await price('+7926', '0.4', { valid_from: '2999-01-01T00:00:00Z' })
    await price('+79277', '0.5', { list: 'default' })
    await price('+3', '0.6', { list: 'default' })
    const client = test.clientContext(parseId('tenant', id) ?? '')
    const paid = async (phone: string) => {
      const started = await begin(client, { phone })
      const [row] = await test.app.db.sql<{ priceMicros: bigint | null }[]>`
        select price_micros from attempts where verification_id = ${parseId('verification', started.id)}`
      return row?.priceMicros
    }
    expect(await paid('+79241112233')).toBe(200_000n)
    expect(await paid('+79251112233')).toBe(300_000n)
    expect(await paid('+79261112233')).toBe(200_000n)
    expect(await paid('+79277112233')).toBe(200_000n)
    expect(await paid('+380501234567')).toBe(600_000n)
    expect(await paid('+491701234567')).toBe(null)
  })
})
