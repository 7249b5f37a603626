import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findJsonFault } from '../../src/exchange/json-fault.ts'
import { startTestHttp, type TestHttp } from './client.ts'
import { type Documented, type Operation, readDocumented, type Schema } from './documented.ts'

let test: TestHttp
let schemas: Record<string, Schema>
let withBody: Documented[]
beforeAll(async () => {
  test = await startTestHttp()
  const documented = await readDocumented(test.request)
  schemas = documented.schemas
  withBody = documented.routes.filter(({ operation }) => operation.requestBody)
})
afterAll(() => test.stop())

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
    for (const { method, url } of withBody) {
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
    for (const { method, path, url, operation } of withBody) {
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
    for (const { method, url } of withBody) {
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
    for (const { method, url } of withBody) {
      const lengths: Record<string, string>[] = [{}, { 'content-length': String(body.length) }]
      for (const headers of lengths) {
        const answer = await test.request(method, url, { body, headers })
        expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 413, 'body_too_large'])
      }
    }
  })

  it('answers 422 to unknown fields by name', async () => {
    for (const { method, url, path } of withBody) {
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
    for (const { method, url } of withBody) {
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
    for (const { method, url, operation } of withBody) {
      if (!operation.requestBody?.required) continue
      const answer = await test.request(method, url)
      expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 400, 'malformed_json'])
    }
  })
})
