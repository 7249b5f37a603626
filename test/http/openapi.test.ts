import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ERRORS } from '../../src/errors.ts'
import { startTestHttp, type TestHttp } from './client.ts'

// biome-ignore lint/suspicious/noExplicitAny: the document is examined, and not believed
type Document = any

let test: TestHttp
let document: Document
beforeAll(async () => {
  test = await startTestHttp()
  document = (await test.request('GET', '/openapi.json', { key: null })).body
})
afterAll(() => test.stop())

/** Every object in the document, with its location. */
function* objectsOf(value: unknown, path = '#'): Generator<[string, Document]> {
  if (typeof value !== 'object' || value === null) return
  yield [path, value]
  for (const [key, member] of Object.entries(value)) yield* objectsOf(member, `${path}/${key}`)
}

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Document>).map(([method, operation]) => ({
      path,
      method,
      operation,
    })),
  )

describe('the OpenAPI document', () => {
  it('has version 3.1 and says how to authenticate', () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(document.components.securitySchemes.apiKey).toMatchObject({ type: 'http', scheme: 'bearer' })
  })

  it('has no dangling reference', () => {
    for (const [path, { $ref }] of objectsOf(document)) {
      if ($ref === undefined) continue
      const parts = String($ref).replace('#/', '').split('/')
      const target = parts.reduce((found, part) => found?.[part], document)
      expect([path, $ref, typeof target]).toEqual([path, $ref, 'object'])
    }
  })

  it('holds every route except pages, the webhook of operators and the doors', () => {
    const described = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`)
    const registered = test.http.routes
      .filter(({ method }) => method !== 'ALL' && method !== 'OPTIONS')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/, '{$1}')}`)
      .filter(
        (route) =>
          !/^(GET \/(docs|verify|$)|[A-Z]+ \/(console|v1\/inbound\/|api\/v1\/authcalls\/))/.test(route),
      )
    expect(new Set(described)).toEqual(new Set(registered))
  })

  it('names every operation once, and describes every path parameter', () => {
    const ids = operations().map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { path, operation } of operations()) {
      const inPath = (operation.parameters ?? []).filter((parameter: Document) => parameter.in === 'path')
      expect([path, inPath.map((parameter: Document) => parameter.name)]).toEqual([
        path,
        [...path.matchAll(/{(\w+)}/g)].map(([, name]) => name),
      ])
    }
  })

  it('describes the common errors for every route with a key or token', () => {
    for (const { path, method, operation } of operations()) {
      if (!path.startsWith('/v1/')) continue
      const scheme = path.startsWith('/v1/client/') ? 'clientToken' : 'apiKey'
      expect(operation.security).toEqual([{ [scheme]: [] }])
      const statuses = Object.keys(operation.responses)
      expect([method, path, statuses]).toEqual([
        method,
        path,
        expect.arrayContaining(['401', '403', '404', '422', '429', '500', '503']),
      ])
      if (operation.requestBody) expect(statuses).toEqual(expect.arrayContaining(['400', '413', '415']))
      if (method === 'post') expect(statuses).toContain('409')
      for (const status of ['429', '503']) {
        expect(operation.responses[status].headers).toHaveProperty('Retry-After')
      }
    }
  })

  it('lists exactly the codes of its status for every problem', () => {
    for (const { path, operation } of operations()) {
      for (const [status, response] of Object.entries<Document>(operation.responses)) {
        const schema = response.content?.['application/problem+json']?.schema
        if (!schema) continue
        const codes: string[] = schema.allOf[1].properties.code.enum
        expect(codes.length).toBeGreaterThan(0)
        for (const code of codes) {
          expect([path, code, ERRORS[code as keyof typeof ERRORS]?.status]).toEqual([
            path,
            code,
            Number(status),
          ])
        }
      }
    }
  })

  it('is the same for every caller, and cacheable', async () => {
    const again = await test.request('GET', '/openapi.json', { key: null })
    expect(again.headers.get('cache-control')).toBe('public, max-age=300')
  })
})
