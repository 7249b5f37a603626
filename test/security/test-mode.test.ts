import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVisitor } from '../console/visitor.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'

type Operation = { 'x-required-scope': string; 'x-required-mode'?: string }

/** Requests allowed with an administrator's test key: none affects live keys, or none changes anything. */
const OF_TEST_MODE = [
  'POST /v1/api-keys',
  'PATCH /v1/api-keys/{id}',
  'DELETE /v1/api-keys/{id}',
  'POST /v1/api-keys/{id}/rotate',
  'POST /v1/compat-credentials',
  'DELETE /v1/compat-credentials/{id}',
  'POST /v1/erasures',
  'POST /v1/webhook-endpoints',
  'PATCH /v1/webhook-endpoints/{id}',
  'DELETE /v1/webhook-endpoints/{id}',
  'POST /v1/webhook-endpoints/{id}/rotate-secret',
  'POST /v1/webhook-endpoints/{id}/test',
  'POST /v1/webhook-deliveries/{id}/redeliver',
  'POST /v1/policies/simulate',
  'PATCH /v1/billing/findings/{id}',
]

let test: TestHttp
let key: string
let operations: [string, Operation][]

beforeAll(async () => {
  test = await startTestHttp()
  key = (await test.newKey({ scopes: ['verify', 'read', 'billing', 'admin'] })).secret
  const { body } = await test.request('GET', '/openapi.json')
  operations = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods)
        .filter(([method, operation]) => method !== 'get' && operation['x-required-scope'] === 'admin')
        .map(([method, operation]): [string, Operation] => [`${method.toUpperCase()} ${path}`, operation]),
  )
})
afterAll(() => test.stop())

describe('a test key with admin', () => {
  it('may change only what belongs to test mode', async () => {
    const open: string[] = []
    for (const [name, operation] of operations) {
      const [method = '', path = ''] = name.replace('{id}', 'unknown').split(' ')
      const { status, body } = await test.request(method, path, { key })
      const isRefused = status === 403 && body.code === 'insufficient_scope'
      expect([name, isRefused]).toEqual([name, operation['x-required-mode'] === 'live'])
      if (!isRefused) open.push(name)
    }
    expect(open.toSorted()).toEqual(OF_TEST_MODE.toSorted())
    expect(operations.length).toBeGreaterThan(20)
  })

  it('changes nothing that live calls depend on, in the API or the console', async () => {
    const account = {
      provider: 'telefon-ip',
      name: 'main',
      base_url: 'http://127.0.0.1:1',
      credentials: { token: 'a-token-of-the-operator' },
    }
    const made = async (path: string, body: unknown): Promise<string> =>
      (await test.request('POST', path, { body })).body.id
    const prv = await made('/v1/provider-accounts', account)
    const route = { prefix: '+7', accounts: [prv] }
    const price = { prefix: '+7', channel: 'flash_call', per: 'attempt', amount: '1', currency: 'RUB' }
    const cost = { ...price, account: prv }
    const things: [string, string, unknown, unknown][] = [
      ['/v1/provider-accounts', prv, { ...account, name: 'second' }, { name: 'taken over' }],
      ['/v1/routes', await made('/v1/routes', route), { ...route, prefix: '+79' }, { prefix: '+1' }],
      ['/v1/prices', await made('/v1/prices', price), { ...price, prefix: '+79' }, { amount: '2' }],
      [
        '/v1/account-costs',
        await made('/v1/account-costs', cost),
        { ...cost, prefix: '+79' },
        { amount: '2' },
      ],
      ['/v1/tenants', await made('/v1/tenants', { name: 'a' }), { name: 'b' }, { name: 'c' }],
    ]
    const rows = async () => {
      const lists = await Promise.all(things.map(([path]) => test.request('GET', path)))
      return [...lists, await test.request('GET', '/v1/policies')].map(({ body }) => body)
    }
    const before = await rows()
    const refused = []
    for (const [path, id, created, changed] of things) {
      refused.push(await test.request('POST', path, { key, body: created }))
      refused.push(await test.request('PATCH', `${path}/${id}`, { key, body: changed }))
      refused.push(await test.request('DELETE', `${path}/${id}`, { key }))
    }
    refused.push(await test.request('PATCH', '/v1/policies', { key, body: { starts_per_phone_day: null } }))
    for (const { status, body } of refused) {
      expect([status, body.code, body.detail]).toEqual([
        403,
        'insufficient_scope',
        'Use a live key; a test key cannot do this.',
      ])
    }
    const { visit, newSession } = createVisitor(test)
    const cookie = await newSession({ scopes: ['read', 'admin'] })
    const page = await visit('/console/policy', { cookie })
    const seen = /name="seen" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    const form = { csrf: page.csrf, seen, action: 'save', deny_prefixes: '+7925' }
    expect((await visit('/console/policy', { cookie, form })).status).toBe(403)
    expect(await rows()).toEqual(before)
  })

  it('can read the installation’s setup, and administer test keys', async () => {
    for (const path of ['provider-accounts', 'routes', 'prices', 'account-costs', 'tenants', 'policies']) {
      expect([path, (await test.request('GET', `/v1/${path}`, { key })).status]).toEqual([path, 200])
    }
    const body = { name: 'made by a tester', scopes: ['verify', 'read'] }
    const made = await test.request('POST', '/v1/api-keys', { key, body })
    expect([made.status, made.body.livemode]).toEqual([201, false])
    expect((await test.request('DELETE', `/v1/api-keys/${made.body.id}`, { key })).status).toBe(204)
  })

  it('sees no findings of operators’ records in the console', async () => {
    const { visit, newSession } = createVisitor(test)
    const cookie = await newSession({ scopes: ['read', 'billing', 'admin'] })
    const [account] = await test.app.db.sql<{ id: string }[]>`
      select id from provider_accounts where sandbox_tenant_id is null limit 1`
    const [run] = await test.app.db.sql<{ id: string }[]>`
      insert into reconciliation_runs (id, account_id, from_at, to_at, status)
      values (uuidv7(), ${account?.id}, now(), now(), 'done') returning id`
    await test.app.db.sql`
      insert into reconciliation_findings
        (id, run_id, account_id, kind, fingerprint, phone, at, ours, theirs, difference_micros, currency, state)
      select uuidv7(), ${run?.id}, ${account?.id}, 'charged_unknown', 'a', '+79243550001', now(), side, side, 1, 'RUB', 'open'
      from (select '{"status":null,"cost":null,"currency":null}'::jsonb as side)`
    const live = await newSession({ scopes: ['read', 'billing', 'admin'], livemode: true })
    expect((await visit('/console/money/findings', { cookie: live })).text).toContain('+79243550001')
    expect((await visit('/console/money/findings', { cookie })).text).not.toContain('+79243550001')
    expect((await visit('/console/money/findings.csv', { cookie })).text).not.toContain('+79243550001')
  })
})
