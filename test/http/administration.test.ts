import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseId } from '../../src/values/ids.ts'
import { startTestHttp, type TestHttp } from './client.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

const TOKEN = '4ea13fbf-f5a3-4c1d-9c1a-0123456789ab'
const newAccount = (fields: Record<string, unknown> = {}) =>
  test.request('POST', '/v1/provider-accounts', {
    body: {
      provider: 'telefon-ip',
      name: `account ${Math.random()}`,
      credentials: { token: TOKEN },
      // No operator answers there: saving credentials checks them.
      base_url: 'http://127.0.0.1:1',
      ...fields,
    },
  })

describe('a provider account', () => {
  it('is created with its provider’s fields, and never reveals its credentials', async () => {
    const body = { base_url: 'https://operator.invalid/', settings: { request_timeout_ms: 5000 } }
    const made = await newAccount({ name: 'main', ...body })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      provider: 'telefon-ip',
      name: 'main',
      base_url: 'https://operator.invalid',
      settings: { request_timeout_ms: 5000, poll_first_ms: 700 },
    })
    const path = `/v1/provider-accounts/${made.body.id}`
    expect(made.headers.get('location')).toBe(path)
    const got = await test.request('GET', path)
    const listed = await test.request('GET', '/v1/provider-accounts')
    const { check: _, ...saved } = made.body
    expect(got.body).toEqual(saved)
    for (const { text } of [made, got, listed]) expect(text).not.toContain(TOKEN.slice(0, 8))
    const dump = await test.app.db.sql`select p::text as row from provider_accounts p`
    expect(JSON.stringify(dump)).not.toContain(TOKEN)
  })

  it('serves calls at once, and after a change', async () => {
    const { body: made } = await newAccount({ credentials: { token: ` "${TOKEN}" ` } })
    const account = () => test.app.routing.account(parseId('account', made.id) ?? '')
    expect((await account())?.account).toMatchObject({
      credentials: { token: TOKEN },
      baseUrl: 'http://127.0.0.1:1',
    })
    const changes = { credentials: { token: 'another-token-1' }, settings: { poll_first_ms: 100 } }
    const changed = await test.request('PATCH', `/v1/provider-accounts/${made.id}`, { body: changes })
    expect(changed.body.settings).toMatchObject({ poll_first_ms: 100, request_timeout_ms: 12000 })
    const again = await test.request('PATCH', `/v1/provider-accounts/${made.id}`, {
      body: { settings: { poll_max_ms: 900 } },
    })
    expect(again.body.settings).toMatchObject({ poll_first_ms: 100, poll_max_ms: 900 })
    expect((await account())?.account).toMatchObject({
      credentials: { token: 'another-token-1' },
      settings: { poll_first_ms: 100, poll_max_ms: 900 },
    })
  })

  it('names each wrong field', async () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ provider: 'nobody' }, 'provider'],
      [{ provider: 'constructor' }, 'provider'],
      [{ name: ' ' }, 'name'],
      [{ credentials: {} }, 'credentials.token'],
      [{ credentials: { token: TOKEN, extra: 1 } }, 'credentials.extra'],
      [{ credentials: { token: 'short' } }, 'credentials.token'],
      [{ settings: { request_timeout_ms: 'x' } }, 'settings.request_timeout_ms'],
      [{ settings: { nonsense: 1 } }, 'settings.nonsense'],
      ...[
        'ftp://a.example',
        'a.example',
        'https://u:p@a.example',
        'https://a.example?x=1',
        'https://a.example/#x',
      ].map((base_url): [Record<string, unknown>, string] => [{ base_url }, 'base_url']),
    ]
    for (const [fields, path] of cases) {
      const answer = await newAccount(fields)
      expect([fields, answer.status, answer.body.errors?.[0].path]).toEqual([fields, 422, path])
      expect(answer.text).not.toContain(TOKEN)
    }
  })

  it('has a unique name', async () => {
    const { body: first } = await newAccount({ name: 'twice' })
    const second = await newAccount({ name: 'twice' })
    expect([second.status, second.body.code]).toEqual([409, 'conflict'])
    const { body: other } = await newAccount()
    const renamed = await test.request('PATCH', `/v1/provider-accounts/${other.id}`, {
      body: { name: 'twice' },
    })
    expect(renamed.status).toBe(409)
    expect((await test.request('DELETE', `/v1/provider-accounts/${first.id}`)).status).toBe(204)
    expect((await newAccount({ name: 'twice' })).status).toBe(201)
  })

  it('of the sandbox is hidden', async () => {
    const [sandbox] = await test.app.db
      .sql`select id from provider_accounts where sandbox_tenant_id is not null`
    const id = `prv_${String(sandbox?.id).replaceAll('-', '')}`
    expect((await test.request('GET', `/v1/provider-accounts/${id}`)).status).toBe(404)
    expect((await test.request('DELETE', `/v1/provider-accounts/${id}`)).status).toBe(404)
    const { text } = await test.request('GET', '/v1/provider-accounts?limit=100')
    expect(text).not.toContain(id)
    const route = await test.request('POST', '/v1/routes', { body: { prefix: '+1', accounts: [id] } })
    expect(route.status).toBe(422)
  })
})

describe('a route', () => {
  it('orders accounts, and can be changed and deleted', async () => {
    const accounts = [(await newAccount()).body.id, (await newAccount()).body.id]
    const made = await test.request('POST', '/v1/routes', { body: { prefix: '+79', accounts } })
    expect([made.status, made.body]).toMatchObject([201, { prefix: '+79', channel: 'flash_call', accounts }])
    const path = `/v1/routes/${made.body.id}`
    expect((await test.request('GET', path)).body).toEqual(made.body)
    expect((await test.request('GET', '/v1/routes')).body.data).toContainEqual(made.body)
    const swapped = await test.request('PATCH', path, { body: { accounts: accounts.toReversed() } })
    expect(swapped.body.accounts).toEqual(accounts.toReversed())
    const moved = await test.request('PATCH', path, { body: { prefix: '+7' } })
    expect(moved.body).toMatchObject({ prefix: '+7', accounts: accounts.toReversed() })

    const used = await test.request('DELETE', `/v1/provider-accounts/${accounts[0]}`)
    expect([used.status, used.body.code]).toEqual([409, 'conflict'])
    expect(used.body.detail).toContain(made.body.id)
    expect((await test.request('DELETE', path)).status).toBe(204)
    expect((await test.request('GET', path)).status).toBe(404)
    expect((await test.request('DELETE', `/v1/provider-accounts/${accounts[0]}`)).status).toBe(204)
    expect((await test.request('GET', `/v1/provider-accounts/${accounts[0]}`)).status).toBe(404)
  })

  it('is unique for its prefix', async () => {
    const accounts = [(await newAccount()).body.id]
    const make = (prefix: string) => test.request('POST', '/v1/routes', { body: { prefix, accounts } })
    expect((await make('+44')).status).toBe(201)
    const second = await make('+44')
    expect([second.status, second.body.code]).toEqual([409, 'conflict'])
    const other = await make('+45')
    const moved = await test.request('PATCH', `/v1/routes/${other.body.id}`, { body: { prefix: '+44' } })
    expect(moved.status).toBe(409)
  })

  it('names each wrong field', async () => {
    const id = (await newAccount()).body.id
    const gone = (await newAccount()).body.id
    await test.request('DELETE', `/v1/provider-accounts/${gone}`)
    const cases: [Record<string, unknown>, string][] = [
      [{ prefix: '79' }, 'prefix'],
      [{ prefix: '+7a' }, 'prefix'],
      [{ prefix: `+${'1'.repeat(16)}` }, 'prefix'],
      [{ channel: 'pigeon' }, 'channel'],
      [{ accounts: [] }, 'accounts'],
      [{ accounts: ['x'] }, 'accounts.0'],
      [{ accounts: [id, `prv_${'0'.repeat(32)}`] }, 'accounts.1'],
      [{ accounts: [id, id] }, 'accounts.1'],
      [{ accounts: [gone] }, 'accounts.0'],
    ]
    for (const [fields, path] of cases) {
      const answer = await test.request('POST', '/v1/routes', {
        body: { prefix: '+99', accounts: [id], ...fields },
      })
      expect([fields, answer.status, answer.body.errors?.[0].path]).toEqual([fields, 422, path])
    }
  })

  it('and the deletion of its account never both succeed', async () => {
    for (let i = 0; i < 10; i++) {
      const id = (await newAccount()).body.id
      const [route, deletion] = await Promise.all([
        test.request('POST', '/v1/routes', { body: { prefix: `+88${i}`, accounts: [id] } }),
        test.request('DELETE', `/v1/provider-accounts/${id}`),
      ])
      expect([
        [201, 409],
        [422, 204],
      ]).toContainEqual([route.status, deletion.status])
    }
  })
})

describe('a tenant', () => {
  it('is created, changed and deleted, and its keys end with it', async () => {
    const made = await test.request('POST', '/v1/tenants', {
      body: { name: 'customer', default_region: 'RU', currency: 'EUR', credit_limit: '12.5' },
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      name: 'customer',
      is_first: false,
      default_region: 'RU',
      currency: 'EUR',
      credit_limit: '12.500000',
    })
    const path = `/v1/tenants/${made.body.id}`
    expect(made.headers.get('location')).toBe(path)
    const changed = await test.request('PATCH', path, { body: { credit_limit: '0', default_region: null } })
    expect(changed.body).toEqual({ ...made.body, credit_limit: '0.000000', default_region: null })
    expect((await test.request('GET', path)).body).toEqual(changed.body)

    const { secret } = await test.newKey({ tenant: made.body.id })
    expect((await test.request('GET', '/v1/verifications', { key: secret })).status).toBe(200)
    expect((await test.request('DELETE', path)).status).toBe(204)
    await expect
      .poll(async () => (await test.request('GET', '/v1/verifications', { key: secret })).status, {
        timeout: 1000,
      })
      .toBe(401)
    expect((await test.request('GET', path)).status).toBe(404)
    expect((await test.request('GET', '/v1/tenants')).text).not.toContain(made.body.id)
    const key = { tenant: made.body.id, name: 'x', scopes: ['read'] }
    expect((await test.request('POST', '/v1/api-keys', { body: key })).status).toBe(422)
  })

  it('that is the first cannot be deleted', async () => {
    const answer = await test.request('DELETE', `/v1/tenants/${test.firstTenant}`)
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict'])
  })

  it('names each wrong field', async () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ name: '' }, 'name'],
      [{ default_region: 'XX' }, 'default_region'],
      [{ default_region: 'ru' }, 'default_region'],
      [{ currency: 'rub' }, 'currency'],
      [{ credit_limit: 5 }, 'credit_limit'],
      [{ credit_limit: '-1' }, 'credit_limit'],
      [{ credit_limit: '1e3' }, 'credit_limit'],
      [{ credit_limit: '0.1234567' }, 'credit_limit'],
    ]
    for (const [fields, path] of cases) {
      const answer = await test.request('POST', '/v1/tenants', { body: { name: 'x', ...fields } })
      expect([fields, answer.status, answer.body.errors?.[0].path]).toEqual([fields, 422, path])
    }
  })
})

describe('lists', () => {
  it('come in pages, newest first, with each row once', async () => {
    for (let i = 0; i < 7; i++) await test.request('POST', '/v1/tenants', { body: { name: `page ${i}` } })
    for (const path of ['/v1/tenants', '/v1/provider-accounts', '/v1/routes', '/v1/api-keys']) {
      const whole = (await test.request('GET', `${path}?limit=100`)).body.data
      const seen: { id: string }[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page: { body: { data: { id: string }[]; next_cursor: string | null } } = await test.request(
          'GET',
          `${path}?limit=2${cursor && `&cursor=${cursor}`}`,
        )
        expect(page.body.data.length).toBeLessThanOrEqual(2)
        seen.push(...page.body.data)
        cursor = page.body.next_cursor
      }
      expect([path, seen]).toEqual([path, whole])
      const ids = seen.map(({ id }) => id)
      expect(ids).toEqual(ids.toSorted().reverse())
    }
  })

  it('refuse bad limits and foreign cursors', async () => {
    for (const query of [
      'limit=0',
      'limit=101',
      'limit=x',
      'limit=1.5',
      'limit=',
      'cursor=x',
      `cursor=${'x'.repeat(300)}`,
    ]) {
      for (const path of [
        '/v1/tenants',
        '/v1/provider-accounts',
        '/v1/routes',
        '/v1/api-keys',
        '/v1/verifications',
      ]) {
        const answer = await test.request('GET', `${path}?${query}`)
        expect([path, query, answer.status, answer.body.errors?.[0].path]).toEqual([
          path,
          query,
          422,
          query.split('=')[0],
        ])
      }
    }
  })
})
