import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findJsonFault } from '../../src/exchange/json-fault.ts'
import { startTestHttp, type TestHttp } from './client.ts'

type Schema = { $ref?: string; required?: string[]; properties?: Record<string, { enum?: string[] }> }
type Operation = {
  'x-required-scope'?: string
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> }
  parameters?: { in: string; name: string }[]
}

let test: TestHttp
/** Every documented route that requires a key. */
let schemas: Record<string, Schema>
let routes: { method: string; path: string; url: string; operation: Operation }[]

const UNKNOWN: Record<string, string> = {
  verifications: 'ver',
  'api-keys': 'key',
  tenants: 'ten',
  'provider-accounts': 'prv',
  routes: 'rte',
}

/** An unused id of the right kind. */
function unknownId(path: string): string {
  return `${UNKNOWN[path.split('/')[2] ?? ''] ?? 'ver'}_${'0'.repeat(32)}`
}

beforeAll(async () => {
  test = await startTestHttp()
  const { body } = await test.request('GET', '/openapi.json')
  schemas = body.components.schemas
  const paths = Object.entries(body.paths as Record<string, Record<string, Operation>>)
  routes = paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      return { method: method.toUpperCase(), path, url: path.replace('{id}', unknownId(path)), operation }
    }),
  )
  routes = routes.filter(({ path }) => path.startsWith('/v1/'))
})

afterAll(() => test.stop())

const withBody = () => routes.filter(({ operation }) => operation.requestBody)

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

describe('every route with a body', () => {
  it('answers 400 to invalid JSON', async () => {
    const texts = [
      '{',
      '{"phone": }',
      "{'phone': 1}",
      'undefined',
      '{"a":1}{"b":2}',
      '\ufeff\ufeff{}',
      '[1,]',
      '"\n"',
    ]
    for (const { method, url } of withBody()) {
      for (const body of texts) {
        const answer = await test.request(method, url, { body })
        expect([method, url, body, answer.status, answer.body.code]).toEqual([
          method,
          url,
          body,
          400,
          'malformed_json',
        ])
      }
    }
  })

  it.each([
    ['{"phone": }', 'see line 1, column 11'],
    ['{\n  "phone": "+79243555100"\n  "reference": "secret-4711"\n}', 'see line 3, column 3'],
    ['{"phone": "+7924', 'it ends too early, at line 1, column 17'],
    ["{'secret-4711': 1}", 'see line 1, column 2'],
    ['{"a": "b\\x"}', 'see line 1, column 9'],
    ['{} {}', 'see line 1, column 4'],
  ])('says where %j is broken, and quotes nothing', async (text, place) => {
    const { status, body } = await test.request('POST', '/v1/verifications', { body: text })
    expect([status, body.detail]).toEqual([400, `The body cannot be read as JSON: ${place}.`])
  })

  it('rejects exactly what is not JSON', () => {
    const char = fc.constantFrom(...'x"{}[],:\\1-.et\n\u0001 '.split(''), '')
    fc.assert(
      fc.property(fc.json(), fc.nat(), char, fc.nat(2), (json, place, put, cut) => {
        const at = place % (json.length + 1)
        const text = json.slice(0, at) + put + json.slice(at + cut)
        const isJson = (text: string) => {
          try {
            JSON.parse(text)
            return true
          } catch {
            return false
          }
        }
        const fault = findJsonFault(text)
        expect(fault === null).toBe(isJson(text))
        // The text up to the error is a valid prefix.
        if (fault !== null) expect([null, fault]).toContain(findJsonFault(text.slice(0, fault)))
      }),
      { numRuns: 500 },
    )
  })

  it('answers 422 to a missing member by name, and to an unknown option with all options', async () => {
    const schemaOf = ({ requestBody }: Operation): Schema => {
      const { schema } = requestBody?.content['application/json'] ?? { schema: {} }
      return schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema
    }
    let options = 0
    for (const { method, path, url, operation } of withBody()) {
      const { required = [], properties = {} } = schemaOf(operation)
      if (required.length > 0) {
        const { body } = await test.request(method, url, { body: {} })
        const wanted = required.map((name) => ({ path: name, message: 'is required' }))
        expect([path, body.errors]).toEqual([path, expect.arrayContaining(wanted)])
      }
      for (const [name, { enum: values = [] }] of Object.entries(properties)) {
        if (values.length < 2) continue
        options += 1
        const { body } = await test.request(method, url, { body: { [name]: 'none-of-them' } })
        const message = `must be one of ${values.join(', ')}`
        expect([path, body.errors]).toEqual([path, expect.arrayContaining([{ path: name, message }])])
      }
    }
    expect(options).toBeGreaterThan(5)
  })

  it('answers 415 to a body with a Content-Encoding', async () => {
    const headers = { 'content-type': 'application/json' }
    for (const encoding of ['gzip', 'br', 'identity, gzip']) {
      const answer = await test.request('POST', '/v1/verifications', {
        body: '{}',
        headers: { ...headers, 'content-encoding': encoding },
      })
      expect([encoding, answer.status, answer.body.code]).toEqual([encoding, 415, 'unsupported_media_type'])
    }
    const plain = { ...headers, 'content-encoding': 'identity' }
    expect((await test.request('POST', '/v1/verifications', { body: '{}', headers: plain })).status).toBe(422)
  })

  it('answers 415 to every other content type', async () => {
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'application/json; charset=utf-16',
      'application/json; charset=utf-8; charset=latin1',
      'application/json, text/plain',
      'application/json; charset',
      'application/json; a="b',
      'multipart/form-data; boundary=x',
      'application/vnd.api+json',
      '',
    ]
    for (const { method, url } of withBody()) {
      for (const type of types) {
        const answer = await test.request(method, url, { body: '{}', headers: { 'content-type': type } })
        expect([method, url, type, answer.status, answer.body.code]).toEqual([
          method,
          url,
          type,
          415,
          'unsupported_media_type',
        ])
      }
    }
  })

  it('accepts JSON under its usual content types', async () => {
    for (const type of [
      'application/json',
      'Application/JSON',
      'application/json; charset=UTF-8',
      'application/json;charset="utf-8"',
      'application/json;',
      'application/json ; ; charset=utf8 ;',
      'application/json; version=1; profile="a;b\\"c"; charset="UTF-8"',
    ]) {
      const answer = await test.request('POST', '/v1/verifications', {
        body: '{}',
        headers: { 'content-type': type },
      })
      expect([type, answer.status, answer.body.errors]).toEqual([
        type,
        422,
        [{ path: 'phone', message: 'is required' }],
      ])
    }
  })

  it('ignores a byte-order mark', async () => {
    const headers = { 'idempotency-key': 'marked' }
    const [marked, plain] = [
      await test.request('POST', '/v1/tenants', { body: '\ufeff{"name":"marked"}', headers }),
      await test.request('POST', '/v1/tenants', { body: '{"name":"marked"}', headers }),
    ]
    expect([marked.status, plain.text]).toEqual([201, marked.text])
    const twice = await test.request('POST', '/v1/tenants', { body: '\ufeff\ufeff{"name":"marked"}' })
    expect(twice.body.code).toBe('malformed_json')
  })

  it('answers 413 to more than 64 KiB, with and without a Content-Length', async () => {
    const body = JSON.stringify({ reference: 'x'.repeat(64 * 1024) })
    for (const { method, url } of withBody()) {
      const lengths: Record<string, string>[] = [{}, { 'content-length': String(body.length) }]
      for (const headers of lengths) {
        const answer = await test.request(method, url, { body, headers })
        expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 413, 'body_too_large'])
      }
    }
  })

  it('answers 422 to unknown fields by name', async () => {
    for (const { method, url, path } of withBody()) {
      const answer = await test.request(method, url, { body: { nonsense: 1, 'odd.name': 2 } })
      const paths = answer.body.errors?.map((error: { path: string }) => error.path)
      expect([method, path, answer.status, paths]).toEqual([
        method,
        path,
        422,
        expect.arrayContaining(['nonsense', 'odd.name']),
      ])
    }
  })

  it('answers 422 to JSON that is not an object', async () => {
    const key = (await test.newKey({ scopes: ['verify', 'admin'], livemode: true })).secret
    for (const { method, url } of withBody()) {
      for (const body of [
        '[]',
        '1',
        'null',
        '"text"',
        'true',
        `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
      ]) {
        const answer = await test.request(method, url, { body, key })
        expect([method, url, body.slice(0, 9), answer.status]).toEqual([method, url, body.slice(0, 9), 422])
      }
    }
  })

  it('answers 400 to a missing required body', async () => {
    for (const { method, url, operation } of withBody()) {
      if (!operation.requestBody?.required) continue
      const answer = await test.request(method, url)
      expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 400, 'malformed_json'])
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
