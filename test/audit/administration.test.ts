import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuditEvent, isIntact } from '../../src/audit/chain.ts'
import { parseId } from '../../src/values/ids.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

const TOKEN = '4ea13fbf-f5a3-4c1d-9c1a-0123456789ab'
const NOBODY = 'http://127.0.0.1:1'
const HEX = 'a1b2c3d4'.repeat(6)

/** The events of a tenant's own chain, oldest first. */
async function chainOf(tenant: string): Promise<(AuditEvent & { told: Record<string, unknown> })[]> {
  const rows = await test.app.db.sql<AuditEvent[]>`
    select * from audit_events where tenant_id = ${parseId('tenant', tenant)} and verification_id is null
    order by seq`
  return rows.map((row) => ({ ...row, told: JSON.parse(row.data) }))
}

/** The events that `act` adds to the chain of the installation, or of `tenant`. */
async function added(act: () => Promise<unknown>, tenant = test.firstTenant) {
  const before = (await chainOf(tenant)).length
  await act()
  return (await chainOf(tenant)).slice(before).map(({ type, told }) => ({ type, ...told }))
}

const ask = async (method: string, path: string, body?: unknown) =>
  (await test.request(method, path, body === undefined ? {} : { body })).body

describe('the chain of a tenant records of its API keys', () => {
  it('creation, change, rotation and revocation, and nothing of a secret', async () => {
    const tenant = (await ask('POST', '/v1/tenants', { name: 'customer' })).id
    let key: { id: string; secret: string; hint: string } | undefined
    let next: typeof key
    const made = await added(async () => {
      key = await ask('POST', '/v1/api-keys', { tenant, name: 'ci', scopes: ['read'] })
    }, tenant)
    expect(made).toEqual([
      {
        type: 'key.created',
        key: key?.id,
        name: 'ci',
        scopes: ['read'],
        livemode: false,
        allowed_networks: [],
        expires_at: null,
      },
    ])
    const path = `/v1/api-keys/${key?.id}`
    const changes = { name: 'ci', scopes: ['verify', 'read'] }
    expect(await added(() => ask('PATCH', path, changes), tenant)).toEqual([
      {
        type: 'key.updated',
        key: key?.id,
        changed: [{ field: 'scopes', from: ['read'], to: ['verify', 'read'] }],
      },
    ])
    expect(await added(() => ask('PATCH', path, changes), tenant)).toEqual([])
    const rotated = await added(async () => {
      next = await ask('POST', `${path}/rotate`, { overlap_seconds: 60 })
    }, tenant)
    expect(rotated).toMatchObject([{ type: 'key.rotated', key: next?.id, replaces: { id: key?.id } }])
    expect(await added(() => ask('DELETE', path), tenant)).toEqual([
      { type: 'key.revoked', key: key?.id, name: 'ci' },
    ])
    const text = JSON.stringify(await chainOf(tenant))
    for (const { secret } of [key, next].filter((each) => each !== undefined)) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(secret.slice(-4))
    }
  })

  it('the same for the bootstrap key', async () => {
    const [first] = await chainOf(test.firstTenant)
    expect(first).toMatchObject({
      type: 'key.created',
      actor: 'system',
      told: { name: 'BOOTSTRAP_ADMIN_KEY' },
    })
  })
})

describe('the chain of the installation records', () => {
  it('the creation, change and deletion of tenants', async () => {
    let id = ''
    const made = await added(async () => {
      id = (await ask('POST', '/v1/tenants', { name: 'customer', currency: 'EUR' })).id
    })
    expect(made).toMatchObject([{ type: 'tenant.created', tenant: id, name: 'customer', currency: 'EUR' }])
    const path = `/v1/tenants/${id}`
    expect(await added(() => ask('PATCH', path, { credit_limit: '5' }))).toEqual([
      {
        type: 'tenant.updated',
        tenant: id,
        changed: [{ field: 'credit_limit', from: '0.000000', to: '5.000000' }],
      },
    ])
    expect(await added(() => ask('DELETE', path))).toEqual([
      { type: 'tenant.deleted', tenant: id, name: 'customer' },
    ])
  })

  it('the same for accounts, and only the names of changed credentials', async () => {
    let id = ''
    const body = {
      provider: 'new-tel',
      name: 'nt',
      base_url: NOBODY,
      credentials: { access_key: HEX, sign_key: 'e'.repeat(48) },
    }
    const made = await added(async () => {
      id = (await ask('POST', '/v1/provider-accounts', body)).id
    })
    expect(made).toMatchObject([
      { type: 'account.created', account: id, name: 'nt', credentials: ['access_key', 'sign_key'] },
    ])
    const path = `/v1/provider-accounts/${id}`
    const changes = { name: 'nt 2', credentials: { access_key: HEX, sign_key: 'f'.repeat(48) } }
    expect(await added(() => ask('PATCH', path, changes))).toEqual([
      {
        type: 'account.updated',
        account: id,
        changed: [{ field: 'name', from: 'nt', to: 'nt 2' }],
        credentials: ['sign_key'],
      },
    ])
    expect(await added(() => ask('PATCH', path, changes))).toEqual([])
    expect(await added(() => ask('DELETE', path))).toEqual([
      { type: 'account.deleted', account: id, name: 'nt 2' },
    ])
    expect(JSON.stringify(await chainOf(test.firstTenant))).not.toContain(HEX)
  })

  it('the same for routes', async () => {
    const account = { provider: 'telefon-ip', name: 'main', base_url: NOBODY, credentials: { token: TOKEN } }
    const accounts = [(await ask('POST', '/v1/provider-accounts', account)).id]
    let id = ''
    const made = await added(async () => {
      id = (await ask('POST', '/v1/routes', { prefix: '+79', accounts })).id
    })
    const facts = { route: id, prefix: '+79', channel: 'flash_call', accounts }
    expect(made).toEqual([{ type: 'route.created', ...facts }])
    const path = `/v1/routes/${id}`
    expect(await added(() => ask('PATCH', path, { prefix: '+7' }))).toEqual([
      { type: 'route.updated', route: id, changed: [{ field: 'prefix', from: '+79', to: '+7' }] },
    ])
    expect(await added(() => ask('DELETE', path))).toEqual([
      { type: 'route.deleted', ...facts, prefix: '+7' },
    ])
  })

  it('racing changes, each against the result of the one before', async () => {
    const account = { provider: 'telefon-ip', base_url: NOBODY, credentials: { token: TOKEN } }
    const ids: string[] = []
    for (const name of ['one', 'two']) {
      ids.push((await ask('POST', '/v1/provider-accounts', { ...account, name })).id)
    }
    const { id } = await ask('POST', '/v1/routes', { prefix: '+71', accounts: ids })
    const orders = [ids, ids.toReversed(), ids.slice(0, 1), ids.slice(1)]
    const events = await added(() =>
      Promise.all([...orders, ...orders].map((accounts) => ask('PATCH', `/v1/routes/${id}`, { accounts }))),
    )
    let left = ids
    for (const { changed } of events as unknown as { changed: { from: string[]; to: string[] }[] }[]) {
      expect(changed[0]?.from).toEqual(left)
      left = changed[0]?.to ?? []
    }
    expect((await ask('GET', `/v1/routes/${id}`)).accounts).toEqual(left)
    expect(events.length).toBeGreaterThan(2)
  })

  it('nothing that was refused, and the actor of the rest', async () => {
    expect(await added(() => ask('DELETE', `/v1/tenants/${test.firstTenant}`))).toEqual([])
    expect(await added(() => ask('POST', '/v1/routes', { prefix: '+1', accounts: ['prv_x'] }))).toEqual([])
    const events = await chainOf(test.firstTenant)
    const actors = events.slice(1).map(({ actor, requestId }) => [actor.slice(0, 4), requestId !== null])
    expect(new Set(actors.map(String))).toEqual(new Set(['key_,true']))
  })

  it('concurrent writes in one intact chain', async () => {
    const tenant = (await ask('POST', '/v1/tenants', { name: 'busy' })).id
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        i % 3
          ? test.request('POST', '/v1/api-keys', { body: { tenant, name: `${i}`, scopes: ['read'] } })
          : test.request('PATCH', `/v1/tenants/${tenant}`, { body: { name: `busy ${i}` } }),
      ),
    )
    expect(answers.filter(({ status }) => status >= 400)).toEqual([])
    for (const id of [tenant, test.firstTenant]) {
      const [owner] = await test.app.db.sql`
        select audit_seq, audit_head from tenants where id = ${parseId('tenant', id)}`
      const events = await chainOf(id)
      expect(isIntact(events, { seq: Number(owner?.auditSeq), hash: owner?.auditHead })).toBe(true)
    }
  })
})

it('new credentials are accepted if a lost SECRET_KEY left the old ones unreadable', async () => {
  const account = { provider: 'telefon-ip', name: 'lost', base_url: NOBODY, credentials: { token: TOKEN } }
  const { id } = await ask('POST', '/v1/provider-accounts', account)
  await test.app.db.sql`
    update provider_accounts set credentials = set_byte(credentials, 0, get_byte(credentials, 0) # 255)
    where id = ${parseId('account', id)}`
  const changes = { credentials: { token: `${TOKEN}2` } }
  const renewed = await added(() => ask('PATCH', `/v1/provider-accounts/${id}`, changes))
  expect(renewed).toMatchObject([{ type: 'account.updated', credentials: ['token'] }])
})
