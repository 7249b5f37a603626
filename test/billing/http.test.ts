import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLedger } from '../../src/billing/verify.ts'
import { parseId, publicId } from '../../src/values/ids.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { begin } from '../verifications/support.ts'
import { liveRoute, runToTheEnd } from './support.ts'

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
const rub = (amount: string) => ({ amount, currency: 'RUB' })

async function newTenant(): Promise<{ id: string; headers: Record<string, string> }> {
  const { body } = await post('/v1/tenants', { name: 'a tenant', default_region: 'RU', currency: 'RUB' })
  return { id: body.id, headers: { 'ringproof-tenant': body.id } }
}

/** A tenant's live verification whose call has ended. */
async function call(tenant: string, input = {}): Promise<string> {
  const client = test.clientContext(parseId('tenant', tenant) ?? '', { livemode: true })
  const { id } = await begin(client, input)
  await runToTheEnd(test, id)
  return id
}

describe('a balance', () => {
  it('starts at zero, grows by top-ups, and is corrected with a reason', async () => {
    const { headers } = await newTenant()
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
    const { headers } = await newTenant()
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
    const { headers } = await newTenant()
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
    const { id, headers } = await newTenant()
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

describe('records', () => {
  let tenant: Awaited<ReturnType<typeof newTenant>>
  let calls: string[]
  beforeAll(async () => {
    await liveRoute(test, test.clientContext(parseId('tenant', test.firstTenant) ?? '', { livemode: true }))
    tenant = await newTenant()
    const { headers } = tenant
    await test.request('PATCH', '/v1/policies', {
      headers,
      body: { phone_pause_seconds: null, starts_per_prefix_hour: null },
    })
    await post('/v1/billing/topups', { amount: '10', currency: 'RUB' }, headers)
    await post('/v1/prices', { prefix: '+7', per: 'delivered', amount: '0.350000', currency: 'RUB' }, headers)
    calls = []
    for (const phone of ['+79243555101', '+79000000003', '+79243555103'])
      calls.push(await call(tenant.id, { phone }))
  })

  const get = (path: string, accept = 'application/json', headers = tenant.headers) =>
    test.request('GET', path, { headers: { ...headers, accept } })

  it('list each placed call, newest first, with price and cost', async () => {
    const { body } = await get('/v1/billing/records')
    expect(body.data.map((row: { verification: string }) => row.verification)).toEqual([...calls].reverse())
    expect(body.data[0]).toEqual({
      id: expect.stringMatching(/^led_/),
      at: expect.any(String),
      verification: calls[2],
      attempt: expect.stringMatching(/^att_/),
      phone: '+79243555103',
      channel: 'flash_call',
      provider: 'telefon-ip',
      status: 'no_answer',
      status_info: 'Ok: SIP 487 Request Terminated',
      price: rub('0.350000'),
      cost: rub('0.200000'),
    })
    expect(body.data[1]).toMatchObject({ status: 'no_such_number', price: rub('0.000000') })
  })

  it('can be read by page, phone and time', async () => {
    const first = await get('/v1/billing/records?limit=2')
    expect(first.body.data).toHaveLength(2)
    const rest = await get(`/v1/billing/records?limit=2&cursor=${first.body.next_cursor}`)
    expect(rest.body).toMatchObject({ data: [{ verification: calls[0] }], next_cursor: null })
    expect((await get('/v1/billing/records?phone=+79000000003')).body.data).toHaveLength(1)
    const today = new Date().toISOString().slice(0, 10)
    expect((await get(`/v1/billing/records?from=${today}&to=${today}`)).body.data).toHaveLength(3)
    expect((await get('/v1/billing/records?to=2020-01-01')).body.data).toHaveLength(0)
  })

  it.each([
    ['from=2026-02-30', 'from'],
    ['from=2026-13-01T00:00:00Z', 'from'],
    ['from=2026-02-01&to=2026-01-01', 'from'],
    ['from=2024-01-01&to=2026-01-01', 'from'],
    ['phone=12', 'phone'],
    ['cursor=nonsense', 'cursor'],
    ['limit=101', 'limit'],
  ])('refuse %s', async (query, path) => {
    for (const accept of ['application/json', 'text/csv']) {
      const answer = await get(`/v1/billing/records?${query}`, accept)
      expect(answer.status).toBe(422)
      expect(answer.body.errors[0].path).toBe(path)
    }
  })

  it('show only the tenant and mode', async () => {
    expect(
      (await get('/v1/billing/records', 'text/csv', (await newTenant()).headers)).text.split('\r\n'),
    ).toHaveLength(2)
    const { secret } = await test.newKey({ scopes: ['billing'], tenant: tenant.id })
    const answer = await test.request('GET', '/v1/billing/records', { key: secret })
    expect(answer.body.data).toEqual([])
    const balance = await test.request('GET', '/v1/billing/balance', { key: secret })
    expect(balance.body.balance).toEqual(rub('0.000000'))
  })

  it('can be exported as CSV', async () => {
    const { headers, text } = await get('/v1/billing/records', 'text/csv')
    expect(headers.get('content-type')).toContain('text/csv')
    const lines = text.split('\r\n')
    expect(lines[0]).toBe(
      'id,at,verification,attempt,phone,channel,provider,status,status_info,price,price_currency,cost,cost_currency',
    )
    expect(lines).toHaveLength(5)
    expect(lines[1]).toContain('+79243555103,flash_call,telefon-ip,no_answer')
    expect((await get('/v1/billing/records?bom=1', 'text/csv')).text).toBe(text)
    const answer = await test.http.request('/v1/billing/records?bom=1', {
      headers: { ...tenant.headers, accept: 'text/csv', authorization: `Bearer rp_live_${'A'.repeat(40)}` },
    })
    expect(Buffer.from(await answer.arrayBuffer()).subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
  })

  it('can be summed by day, provider, prefix and outcome', async () => {
    const by = async (group: string) => (await get(`/v1/billing/summary?group_by=${group}`)).body
    const total = {
      calls: 3,
      delivered: 2,
      price: rub('0.700000'),
      reserved: rub('0.000000'),
      costs: [rub('0.400000')],
    }
    const summary = await by('day')
    expect(summary.total).toEqual(total)
    expect(summary.data).toEqual([{ key: new Date().toISOString().slice(0, 10), ...total }])
    const keys = async (group: string) => (await by(group)).data.map((row: { key: string }) => row.key)
    expect(await keys('provider')).toEqual(['telefon-ip'])
    expect(await keys('prefix')).toEqual(['+7900', '+7924'])
    expect(await keys('status')).toEqual(['no_answer', 'no_such_number'])
    expect((await keys('account'))[0]).toMatch(/^prv_/)
  })

  it('appear on the month’s statement, as JSON, as lines, and on a page', async () => {
    const month = new Date().toISOString().slice(0, 7)
    await post(
      '/v1/billing/adjustments',
      { direction: 'credit', amount: '1', currency: 'RUB', reason: '=HYPERLINK("http://x")<b>' },
      tenant.headers,
    )
    const { body } = await get(`/v1/billing/statements?month=${month}`)
    expect(body).toMatchObject({
      opening_balance: rub('0.000000'),
      top_ups: rub('10.000000'),
      adjustments: rub('1.000000'),
      charges: rub('0.700000'),
      calls: 2,
      closing_balance: rub('10.300000'),
    })
    const lines = (await get(`/v1/billing/statements?month=${month}`, 'text/csv')).text.trim().split('\r\n')
    expect(lines.map((line) => line.split(',')[1])).toEqual([
      'kind',
      'opening',
      'topup',
      'call',
      'call',
      'adjustment',
      'closing',
    ])
    expect(lines.at(-1)).toMatch(/,10\.300000,RUB$/)
    expect(lines.at(-2)).toContain(`"'=HYPERLINK(""http://x"")<b>"`)
    const page = await get(`/v1/billing/statements?month=${month}`, 'text/html')
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.text).toContain('&lt;b&gt;')
    expect(page.text).toContain('10.300000 RUB')
    const before = (await get('/v1/billing/statements?month=2026-01')).body
    expect(before.closing_balance).toEqual(rub('0.000000'))
    expect((await get('/v1/billing/statements?month=2999-01')).status).toBe(422)
    expect((await get('/v1/billing/statements?month=2026-13')).status).toBe(422)
  })
})

it('test keys cannot read operators’ records of live calls', async () => {
  const { secret: key } = await test.newKey({ scopes: ['admin'] })
  const credentials = { token: 'a-token-of-theirs' }
  const account = { provider: 'telefon-ip', name: 'live', base_url: 'http://127.0.0.1:1', credentials }
  const { id } = (await test.request('POST', '/v1/provider-accounts', { body: account })).body
  const [run] = await test.app.db.sql<{ id: string }[]>`
    insert into reconciliation_runs (id, account_id, from_at, to_at, status)
    values (uuidv7(), ${parseId('account', id)}, now(), now(), 'done') returning id`
  const reconciliation = publicId('reconciliation', run?.id ?? '')
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await test.request(method, path, { key, body })
    return [answer.status, answer.body.code ?? answer.body.data]
  }
  expect((await test.request('GET', '/v1/billing/reconciliations')).body.data).toHaveLength(1)
  expect(await ask('GET', '/v1/billing/reconciliations')).toEqual([200, []])
  expect(await ask('GET', '/v1/billing/findings')).toEqual([200, []])
  expect(await ask('GET', `/v1/billing/reconciliations/${reconciliation}`)).toEqual([404, 'not_found'])
  expect(await ask('POST', '/v1/billing/reconciliations', { account: id })).toEqual([
    403,
    'insufficient_scope',
  ])
  expect(await ask('POST', `/v1/provider-accounts/${id}/check`)).toEqual([403, 'insufficient_scope'])
})
