import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLedger } from '../../src/billing/verify.ts'
import { parseId, publicId } from '../../src/values/ids.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { begin } from '../verifications/support.ts'
import { newTenant, rub } from './requests.ts'
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

/** A tenant's live verification whose call has ended. */
async function call(tenant: string, input = {}): Promise<string> {
  const client = test.clientContext(parseId('tenant', tenant) ?? '', { livemode: true })
  const { id } = await begin(client, input)
  await runToTheEnd(test, id)
  return id
}

describe('records', () => {
  let tenant: Awaited<ReturnType<typeof newTenant>>
  let calls: string[]
  beforeAll(async () => {
    await liveRoute(test, test.clientContext(parseId('tenant', test.firstTenant) ?? '', { livemode: true }))
    tenant = await newTenant(test)
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
      (await get('/v1/billing/records', 'text/csv', (await newTenant(test)).headers)).text.split('\r\n'),
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
