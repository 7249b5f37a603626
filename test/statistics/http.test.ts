import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tallyErased } from '../../src/statistics/erase.ts'
import { keepStatistics } from '../../src/statistics/keep.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { idAt, type Known, store } from './model.ts'

const HOUR_MS = 3_600_000
let test: TestHttp
let key: string
beforeAll(async () => {
  test = await startTestHttp()
  key = (await test.newKey()).secret
})
afterAll(() => test.stop())

const ask = (query: string, headers: Record<string, string> = {}) =>
  test.request('GET', `/v1/statistics?${query}`, { key, headers })

function approvedAt(at: Date): Known {
  const call = { provider: 'new-tel', channel: 'sms', carrier: '=МТС', price: 700_000, captured: true }
  return {
    id: idAt(at),
    at,
    status: 'approved',
    phone: '+79243555100',
    country: 'RU',
    channel: 'sms',
    deliveredMs: 2000,
    endedMs: 20_000,
    calls: [{ ...call, cost: 300_000, currency: 'RUB' }],
    feedback: [],
    door: null,
  }
}

describe('GET /v1/statistics', () => {
  it('shows a start at once, by every group, in its own mode only', async () => {
    const { body } = await test.request('POST', '/v1/verifications', { key, body: { phone: '+79243555101' } })
    const groups = { country: 'RU', prefix: '+7924', carrier: null, provider: null, channel: 'flash_call' }
    for (const [groupBy, name] of Object.entries(groups)) {
      const { data } = (await ask(`group_by=${groupBy}`)).body
      expect([groupBy, data.map((row: { key: string; started: number }) => [row.key, row.started])]).toEqual([
        groupBy,
        [[name, 1]],
      ])
    }
    const day = body.created_at.slice(0, 10)
    expect((await ask('group_by=day')).body.data).toMatchObject([
      { key: day, started: 1, conversion_percent: 0 },
    ])
    expect((await test.request('GET', '/v1/statistics?group_by=day')).body.data).toEqual([])
  })

  it('shows money, times and conversion, the same in JSON and CSV, counted or not', async () => {
    const tenant = await test.newTenant()
    const { secret } = await test.newKey({ scopes: ['read', 'admin'] })
    const headers = { 'ringproof-tenant': `ten_${tenant.actor.tenantId.replaceAll('-', '')}` }
    const at = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 5 * HOUR_MS + 60_000)
    await store(tenant, approvedAt(at))
    const read = (more: Record<string, string> = {}) =>
      test.request('GET', '/v1/statistics?group_by=carrier', {
        key: secret,
        headers: { ...headers, ...more },
      })
    const { data } = (await read()).body
    expect(data).toMatchObject([
      {
        key: '=МТС',
        started: 1,
        delivered: 1,
        approved: 1,
        denied: 0,
        failed: 0,
        conversion_percent: 100,
        cost: { amount: '0.300000', currency: 'RUB' },
        price: { amount: '0.700000', currency: 'RUB' },
        cost_per_approved: { amount: '0.300000', currency: 'RUB' },
      },
    ])
    expect(data[0].seconds_to_deliver.p50).toBeCloseTo(2, 1)
    expect(data[0].seconds_to_approve.p95).toBeCloseTo(20, 0)
    await keepStatistics(test.app)
    expect((await read()).body.data).toEqual(data)
    const file = await read({ accept: 'text/csv' })
    expect(file.headers.get('content-type')).toContain('text/csv')
    const [head, line] = file.text.split('\r\n')
    expect(head).toMatch(/^key,started,delivered,approved,denied,failed,conversion_percent,/)
    // A spreadsheet must not run what an operator named.
    expect(line).toMatch(/^"'=МТС",1,1,1,0,0,100,/)
  })

  it('refuses an unknown group, a span that ends before it begins, and one that is too long', async () => {
    for (const query of [
      'group_by=phone',
      '',
      'group_by=day&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
      'group_by=hour&from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z',
    ])
      expect([query, (await ask(query)).status]).toEqual([query, 422])
  })
})

describe('the worker', () => {
  it('counts an hour once, however many workers count it and whatever is rolled back', async () => {
    const tenant = await test.newTenant()
    const at = new Date(Date.now() - 5 * HOUR_MS)
    await store(tenant, approvedAt(at))
    await Promise.all([1, 2, 3, 4].map(() => keepStatistics(test.app)))
    const { sql } = test.app.db
    await sql
      .begin(async (tx) => {
        await tallyErased(tx, tenant.actor, [])
        await tx`delete from statistics where tenant_id = ${tenant.actor.tenantId}`
        throw new Error('killed')
      })
      .catch(() => {})
    await sql`insert into statistics_news (tenant_id, livemode, hour)
      select tenant_id, livemode, hour from statistics where tenant_id = ${tenant.actor.tenantId} limit 1`
    await Promise.all([1, 2, 3, 4].map(() => keepStatistics(test.app)))
    const rows = await sql<{ count: bigint }[]>`
      select n.count from statistics s, unnest(s.names, s.counts) as n (name, count)
      where tenant_id = ${tenant.actor.tenantId} and dimension = 'total' and n.name = 'approved'`
    expect(rows).toMatchObject([{ count: 1n }])
    expect(await sql`select from statistics_news`).toHaveLength(0)
  })
})
