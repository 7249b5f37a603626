import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWeb } from '../../src/web.ts'
import { ADMIN_KEY, clientOf, startTestHttp, type TestHttp } from '../http/client.ts'
import { waitFor } from '../setup/wait.ts'
import { secondApp } from '../verifications/support.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

const list = (key: string, options = {}) => test.request('GET', '/v1/verifications', { key, ...options })
const statusOf = async (key: string, options = {}) => (await list(key, options)).status

describe('a key', () => {
  it('is shown once, stored as a hash, and recognisable by its last characters', async () => {
    const body = { name: 'ci', scopes: ['read', 'verify', 'read'], allowed_networks: ['10.1.2.3/8'] }
    const made = await test.request('POST', '/v1/api-keys', { body })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      tenant: test.firstTenant,
      name: 'ci',
      scopes: ['verify', 'read'],
      livemode: false,
      allowed_networks: ['10.0.0.0/8'],
      expires_at: null,
      last_used_at: null,
      hint: made.body.secret.slice(-4),
    })
    expect(made.body.secret).toMatch(/^rp_test_[A-Za-z0-9]{40}$/)
    expect(made.headers.get('location')).toBe(`/v1/api-keys/${made.body.id}`)
    const got = await test.request('GET', `/v1/api-keys/${made.body.id}`)
    const { secret, ...rest } = made.body
    expect(got.body).toEqual(rest)
    const listed = await test.request('GET', '/v1/api-keys')
    expect(listed.text).not.toContain(secret)
    const dump = await test.app.db.sql`select k::text as row from api_keys k`
    expect(JSON.stringify(dump)).not.toContain(secret)
  })

  it('stops working at once, and within a second in every other process', async () => {
    const { app } = secondApp(test)
    const other = clientOf(createWeb(app))
    const { id, secret } = await test.newKey()
    expect([
      await statusOf(secret),
      (await other('GET', '/v1/verifications', { key: secret })).status,
    ]).toEqual([200, 200])
    const revoked = await test.request('DELETE', `/v1/api-keys/${id}`)
    expect([revoked.status, revoked.text]).toEqual([204, ''])
    expect(await statusOf(secret)).toBe(401)
    test.passTime(1000)
    expect((await other('GET', '/v1/verifications', { key: secret })).status).toBe(401)
    await app.close()
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? {} : undefined
      expect((await test.request(method, `/v1/api-keys/${id}`, { body })).status).toBe(404)
    }
  })

  it('expires by the clock', async () => {
    const expires_at = new Date(Date.now() + 700).toISOString()
    const { secret } = await test.newKey({ expires_at })
    expect(await statusOf(secret)).toBe(200)
    await waitFor(async () => (await statusOf(secret)) === 401)
    const past = await test.request('POST', '/v1/api-keys', {
      body: { name: 'late', scopes: ['read'], expires_at: '2020-01-01T00:00:00Z' },
    })
    expect([past.status, past.body.errors[0].path]).toEqual([422, 'expires_at'])
  })

  it('that has expired cannot be extended', async () => {
    const { id, secret } = await test.newKey({ expires_at: new Date(Date.now() + 300).toISOString() })
    await waitFor(async () => (await statusOf(secret)) === 401)
    for (const expires_at of [null, '2999-01-01T00:00:00Z']) {
      const answer = await test.request('PATCH', `/v1/api-keys/${id}`, { body: { expires_at } })
      expect([answer.status, answer.body.code]).toEqual([409, 'conflict'])
    }
    expect(await statusOf(secret)).toBe(401)
  })

  it('works only from its networks', async () => {
    const { secret } = await test.newKey({ allowed_networks: ['192.0.2.0/24', '2001:db8::/32'] })
    const from = (address?: string, headers = {}) => statusOf(secret, { address, headers })
    expect(await from('192.0.2.7')).toBe(200)
    expect(await from('::ffff:192.0.2.7')).toBe(200)
    expect(await from('2001:db8:1::1')).toBe(200)
    expect(await from('192.0.3.7')).toBe(401)
    expect(await from(undefined)).toBe(401)
    expect(await from('198.51.100.1', { 'x-forwarded-for': '192.0.2.7' })).toBe(401)
  })

  it('can be changed in place, with immediate effect', async () => {
    const { id, secret } = await test.newKey({ scopes: ['verify', 'read'] })
    expect(await statusOf(secret)).toBe(200)
    const changes = { name: 'renamed', scopes: ['verify'], allowed_networks: ['192.0.2.0/24'] }
    const changed = await test.request('PATCH', `/v1/api-keys/${id}`, { body: changes })
    expect([changed.status, changed.body.name, changed.body.scopes]).toEqual([200, 'renamed', ['verify']])
    expect(await statusOf(secret, { address: '192.0.2.1' })).toBe(403)
    const untouched = await test.request('PATCH', `/v1/api-keys/${id}`, { body: { expires_at: null } })
    expect(untouched.body).toMatchObject(changes)
  })

  it('records its last use, at most once a minute', async () => {
    const [key, later] = [await test.newKey(), await test.newKey()]
    const lastUse = async ({ id }: { id: string }) =>
      (await test.request('GET', `/v1/api-keys/${id}`)).body.last_used_at
    await list(key.secret)
    const first = await waitFor(() => lastUse(key))
    test.passTime(1000)
    await list(key.secret)
    await list(later.secret)
    await waitFor(() => lastUse(later))
    expect(await lastUse(key)).toBe(first)
  })

  it('does not work with the other mode’s prefix', async () => {
    const { secret } = await test.newKey()
    expect(await statusOf(secret.replace('rp_test_', 'rp_live_'))).toBe(401)
  })
})

describe('rotation', () => {
  it('returns a new secret with the same rights, and keeps the old one for a day', async () => {
    const { id, secret } = await test.newKey()
    const rotated = await test.request('POST', `/v1/api-keys/${id}/rotate`)
    expect(rotated.status).toBe(201)
    const restMs = Date.parse(rotated.body.replaces.works_until) - Date.parse(rotated.body.created_at)
    expect(restMs).toBe(86_400_000)
    expect([await statusOf(secret), await statusOf(rotated.body.secret)]).toEqual([200, 200])
    const old = await test.request('GET', `/v1/api-keys/${id}`)
    expect(old.body.expires_at).toBe(rotated.body.replaces.works_until)
  })

  it('gives each successor the key’s own expiry, not the overlap’s', async () => {
    const { id } = await test.newKey()
    const first = await test.request('POST', `/v1/api-keys/${id}/rotate`)
    const second = await test.request('POST', `/v1/api-keys/${id}/rotate`)
    expect([first.status, first.body.expires_at]).toEqual([201, null])
    expect([second.status, second.body.expires_at]).toEqual([201, null])
  })

  it('ends the old key at once on request', async () => {
    const { id, secret } = await test.newKey({ scopes: ['read'], allowed_networks: ['192.0.2.0/24'] })
    const rotated = await test.request('POST', `/v1/api-keys/${id}/rotate`, { body: { overlap_seconds: 0 } })
    expect(rotated.status).toBe(201)
    expect(rotated.body).toMatchObject({
      name: 'a key',
      scopes: ['read'],
      allowed_networks: ['192.0.2.0/24'],
    })
    expect(rotated.body.replaces.id).toBe(id)
    const address = '192.0.2.1'
    expect(await statusOf(rotated.body.secret, { address })).toBe(200)
    expect(await statusOf(secret, { address })).toBe(401)
    expect((await test.request('POST', `/v1/api-keys/${id}/rotate`, { body: {} })).status).toBe(404)
  })

  it('keeps both keys for a given overlap', async () => {
    const { id, secret } = await test.newKey()
    const body = { overlap_seconds: 1 }
    const rotated = await test.request('POST', `/v1/api-keys/${id}/rotate`, { body })
    expect(await statusOf(rotated.body.secret)).toBe(200)
    expect(await statusOf(secret)).toBe(200)
    await waitFor(async () => (await statusOf(secret)) === 401)
    const again = await test.request('POST', `/v1/api-keys/${id}/rotate`)
    expect([again.status, again.body.code]).toEqual([409, 'conflict'])
  })
})

describe('the scope admin', () => {
  it('is only for keys of the first tenant', async () => {
    const { body: tenant } = await test.request('POST', '/v1/tenants', { body: { name: 'customer' } })
    const body = { tenant: tenant.id, name: 'x', scopes: ['read', 'admin'] }
    const made = await test.request('POST', '/v1/api-keys', { body })
    expect([made.status, made.body.errors[0].path]).toEqual([422, 'scopes'])
    const { id } = await test.newKey({ tenant: tenant.id })
    const changed = await test.request('PATCH', `/v1/api-keys/${id}`, { body: { scopes: ['admin'] } })
    expect([changed.status, changed.body.errors[0].path]).toEqual([422, 'scopes'])
  })

  it('on a test key neither reaches nor creates live keys', async () => {
    const tester = (await test.newKey({ scopes: ['admin'] })).secret
    const live = await test.newKey({ livemode: true })
    const body = { name: 'x', scopes: ['read'], livemode: true }
    expect((await test.request('POST', '/v1/api-keys', { key: tester, body })).status).toBe(403)
    expect((await test.request('GET', `/v1/api-keys/${live.id}`, { key: tester })).status).toBe(404)
    expect((await test.request('DELETE', `/v1/api-keys/${live.id}`, { key: tester })).status).toBe(404)
    expect((await test.request('POST', `/v1/api-keys/${live.id}/rotate`, { key: tester })).status).toBe(404)
    const { body: listed } = await test.request('GET', '/v1/api-keys?limit=100', { key: tester })
    expect(listed.data.every((key: { livemode: boolean }) => !key.livemode)).toBe(true)
  })
})

describe('Ringproof-Tenant', () => {
  it('lets only an admin key act for another tenant', async () => {
    const { body: tenant } = await test.request('POST', '/v1/tenants', {
      body: { name: 'customer', default_region: 'RU' },
    })
    const headers = { 'ringproof-tenant': tenant.id }
    const started = await test.request('POST', '/v1/verifications', {
      headers,
      body: { phone: '8 924 355-52-99' },
    })
    expect([started.status, started.body.phone]).toEqual([201, '+79243555299'])
    const path = `/v1/verifications/${started.body.id}`
    expect((await test.request('GET', path, { headers })).status).toBe(200)
    expect((await test.request('GET', path)).status).toBe(404)
    const theirs = await test.newKey({ tenant: tenant.id, livemode: true })
    expect((await test.request('GET', path, { key: theirs.secret })).status).toBe(200)
    const keys = await test.request('GET', '/v1/api-keys', { headers })
    expect(keys.body.data.map((key: { id: string }) => key.id)).toEqual([theirs.id])
    for (const own of [tenant.id, test.firstTenant]) {
      const answer = await list(theirs.secret, { headers: { 'ringproof-tenant': own } })
      expect([answer.status, answer.body.code]).toEqual([403, 'insufficient_scope'])
    }
  })

  it('with an unknown tenant is 404', async () => {
    for (const id of ['', 'x', `ten_${'0'.repeat(32)}`]) {
      const answer = await list(ADMIN_KEY, { headers: { 'ringproof-tenant': id } })
      expect([id, answer.status]).toEqual([id, 404])
    }
  })
})

describe('a key’s fields', () => {
  it('are each checked', async () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ name: '' }, 'name'],
      [{ name: 'x'.repeat(101) }, 'name'],
      [{ scopes: [] }, 'scopes'],
      [{ scopes: ['root'] }, 'scopes.0'],
      [{ livemode: 'yes' }, 'livemode'],
      [{ tenant: 'ten_nobody' }, 'tenant'],
      [{ tenant: `ten_${'0'.repeat(32)}` }, 'tenant'],
      [{ expires_at: 'tomorrow' }, 'expires_at'],
      ...['10.0.0.0/33', '10.0.0', '010.0.0.1/8', 'host', '::1/129', '10.0.0.0/8/8', '', '1.2.3.4/-1'].map(
        (network): [Record<string, unknown>, string] => [
          { allowed_networks: [network] },
          'allowed_networks.0',
        ],
      ),
    ]
    for (const [fields, path] of cases) {
      const body = { name: 'x', scopes: ['read'], ...fields }
      const answer = await test.request('POST', '/v1/api-keys', { body })
      expect([fields, answer.status, answer.body.errors?.[0].path]).toEqual([fields, 422, path])
    }
  })
})
