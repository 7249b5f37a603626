import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHttp, type TestHttp } from './client.ts'
import { type Documented, readDocumented, unknownId } from './documented.ts'

let test: TestHttp
let routes: Documented[]
beforeAll(async () => {
  test = await startTestHttp()
  routes = (await readDocumented(test.request)).routes
})
afterAll(() => test.stop())

describe('every route', () => {
  it('is in this table', () => {
    expect(routes.length).toBeGreaterThanOrEqual(29)
    expect(routes.every(({ operation }) => operation['x-required-scope'])).toBe(true)
  })

  it('answers 401 without a key, with another scheme and with a wrong key', async () => {
    for (const { method, url } of routes) {
      const schemes: Record<string, string>[] = [
        {},
        { authorization: 'Basic YTpi' },
        { authorization: 'Bearer' },
      ]
      for (const headers of schemes) {
        const answer = await test.request(method, url, { key: null, headers })
        expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 401, 'unauthorized'])
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
      }
    }
  })

  it('answers 403 to a key with every scope but the right one', async () => {
    const scopes = ['verify', 'read', 'billing', 'admin']
    for (const { method, url, operation } of routes) {
      const others = scopes.filter((scope) => scope !== operation['x-required-scope'])
      const { secret } = await test.newKey({ scopes: others })
      const body = operation.requestBody && '{'
      const answer = await test.request(method, url, { key: secret, body })
      expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 403, 'insufficient_scope'])
    }
  })

  it('answers 405 to other methods, with or without a key, and lists the allowed ones', async () => {
    const byUrl = Map.groupBy(routes, ({ url }) => url)
    for (const [url, own] of byUrl) {
      const taken = own.map(({ method }) => method)
      const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
        (method) => !taken.includes(method) && !(method === 'HEAD' && taken.includes('GET')),
      )
      for (const method of others) {
        const answer = await test.request(method, url, { key: null })
        expect([method, url, answer.status]).toEqual([method, url, 405])
        expect(answer.headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(taken))
        expect(answer.headers.get('allow')?.split(', ')).not.toContain(method)
      }
      const options = await test.request('OPTIONS', url, { key: null })
      expect([url, options.status, options.text]).toEqual([url, 204, ''])
      expect(options.headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(taken))
    }
  })

  it('answers 404 to unused and malformed ids', async () => {
    const bodies: Record<string, unknown> = {
      '/v1/verifications/{id}/confirm': { code: '1234' },
      '/v1/verifications/{id}/feedback': { reason: 'no_call' },
      '/v1/billing/findings/{id}': { state: 'explained', note: 'seen' },
    }
    const ids = [
      'ver_1',
      'x',
      '%20',
      '%00',
      '..%2f',
      'ver_0193F2A4B6C87D1E9F0A1B2C3D4E5F60',
      'é',
      'a'.repeat(500),
    ]
    for (const { method, path, operation } of routes.filter((route) => route.path.includes('{id}'))) {
      for (const id of [unknownId(path), ...ids]) {
        const body = operation.requestBody && (bodies[path] ?? {})
        const answer = await test.request(method, path.replace('{id}', id), { body })
        expect([method, path, id, answer.status, answer.body?.code]).toEqual([
          method,
          path,
          id,
          404,
          'not_found',
        ])
      }
    }
  })

  it('answers 422 to unknown and repeated parameters', async () => {
    for (const { method, url, operation } of routes.filter(({ method }) => method === 'GET')) {
      const key = url.includes('sandbox') ? (await test.newKey()).secret : undefined
      const unknown = await test.request(method, `${url}?nonsense=1`, { key })
      expect([url, unknown.status]).toEqual([url, 422])
      expect(unknown.body.errors).toContainEqual({ path: 'nonsense', message: 'is not a known field' })
      if (!operation.parameters?.some(({ name }) => name === 'limit')) continue
      const twice = await test.request(method, `${url}?limit=1&limit=2`, { key })
      expect([url, twice.status, twice.body.errors[0].path]).toEqual([url, 422, 'limit'])
    }
  })
})

describe('text that cannot be stored', () => {
  it('is refused by its path: NUL, half a surrogate pair, __proto__', async () => {
    const cases: [string, string][] = [
      ['{"phone":"+79243555100","reference":"a\\u0000b"}', 'reference'],
      ['{"phone":"+79243555100","reference":"\\ud800"}', 'reference'],
      ['{"phone":"+79243555100","metadata":{"a":"\\udfff"}}', 'metadata.a'],
      ['{"phone":"+79243555100","__proto__":{"x":1}}', '__proto__'],
      ['{"phone":"+79243555100","metadata":{"\\u005f_proto__":"x"}}', 'metadata.__proto__'],
    ]
    for (const [body, path] of cases) {
      const answer = await test.request('POST', '/v1/verifications', { body })
      expect([body, answer.status, answer.body.errors?.[0].path]).toEqual([body, 422, path])
    }
  })

  it('is refused if it is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"phone":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])
    const response = await test.http.request('/v1/verifications', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${(await test.newKey()).secret}`,
        'content-type': 'application/json',
      },
      body: bytes,
    })
    expect(response.status).toBe(400)
  })
})

describe('a time that PostgreSQL cannot store', () => {
  it.each(['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+10:00', '9999-12-31T23:59:59-23:59'])(
    'is refused by its path: %s',
    async (time) => {
      const price = { prefix: '+7', channel: 'flash_call', per: 'attempt', amount: '1', currency: 'RUB' }
      const asked = encodeURIComponent(time)
      const cases: [string, string, string, unknown][] = [
        ['GET', `/v1/verifications?from=${asked}`, 'from', undefined],
        ['GET', `/v1/audit?to=${asked}`, 'to', undefined],
        ['GET', `/v1/billing/records?to=${asked}`, 'to', undefined],
        ['POST', '/v1/prices', 'valid_from', { ...price, valid_from: time }],
        ['POST', '/v1/api-keys', 'expires_at', { name: 'ci', scopes: ['read'], expires_at: time }],
      ]
      for (const [method, url, path, body] of cases) {
        const answer = await test.request(method, url, { body: body && JSON.stringify(body) })
        expect([url, answer.status, answer.body.errors?.[0].path]).toEqual([url, 422, path])
      }
    },
  )
})
