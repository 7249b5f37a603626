import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'

type Operation = { 'x-required-scope'?: string; security?: unknown[] }
type Route = { method: string; path: string; url: string; scope: string | undefined; security: unknown[] }

const SCOPES = ['verify', 'read', 'billing', 'admin'] as const

let test: TestHttp
let routes: Route[]
/** A key of the first tenant for each single scope: a live key for admin, otherwise a test key. */
const keys: Record<string, string> = {}

beforeAll(async () => {
  test = await startTestHttp()
  const { body } = await test.request('GET', '/openapi.json', { key: null })
  routes = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        url: path.replace(/{\w+}/g, 'unknown'),
        scope: operation['x-required-scope'],
        security: operation.security ?? [],
      })),
  )
  for (const scope of SCOPES)
    keys[scope] = (await test.newKey({ scopes: [scope], livemode: scope === 'admin' })).secret
})
afterAll(() => test.stop())

const isForClients = ({ path }: Route) => path.startsWith('/v1/client/')
const guarded = () => routes.filter((route) => route.path.startsWith('/v1/') && !isForClients(route))

describe('every scope on every route of the document', () => {
  it('is admitted exactly where the document says so', async () => {
    const told: Record<string, string> = {}
    const meant: Record<string, string> = {}
    for (const { method, url, path, scope } of guarded()) {
      for (const own of SCOPES) {
        const answer = await test.request(method, url, { key: keys[own] ?? null })
        const name = `${method} ${path} with ${own}`
        told[name] = answer.body?.code === 'insufficient_scope' ? 'refused' : 'let in'
        meant[name] = own === scope ? 'let in' : 'refused'
        if (meant[name] === 'refused') expect([name, answer.status]).toEqual([name, 403])
        else expect([name, answer.status]).not.toEqual([name, 401])
      }
    }
    expect(told).toEqual(meant)
    expect(Object.keys(told).length).toBeGreaterThanOrEqual(29 * SCOPES.length)
  })

  it('admits nobody where the token of a verification is required', async () => {
    const own = routes.filter(isForClients)
    expect(own.length).toBeGreaterThan(5)
    for (const { method, path, security } of own) {
      expect([method, path, security]).toEqual([method, path, [{ clientToken: [] }]])
      for (const key of Object.values(keys)) {
        expect([method, path, (await test.request(method, path, { key })).status]).toEqual([
          method,
          path,
          401,
        ])
      }
    }
  })

  it('is one of the four, and every other route under /v1 requires one', () => {
    for (const { method, path, scope, security } of guarded()) {
      const wanted = [expect.toBeOneOf([...SCOPES]), [{ apiKey: [] }]]
      expect([method, path, scope, security]).toEqual([method, path, ...wanted])
    }
  })

  it('is not required only where no tenant data is', () => {
    const open = routes.filter(({ path }) => !path.startsWith('/v1/')).map(({ path }) => path)
    const known = ['/healthz', '/readyz', '/metrics', '/openapi.json', '/.well-known/jwks.json']
    expect(new Set(open)).toEqual(new Set(known))
  })

  it('missing from a key reveals nothing: neither whether an id exists nor whether a body fits', async () => {
    const { body: made } = await test.request('POST', '/v1/tenants', { body: { name: 'customer' } })
    const key = keys.read ?? null
    const answers = await Promise.all([
      test.request('GET', `/v1/tenants/${made.id}`, { key }),
      test.request('GET', '/v1/tenants/ten_x', { key }),
      test.request('POST', '/v1/tenants', { key, body: '{' }),
      test.request('POST', '/v1/tenants', { key, body: { name: 'x' } }),
    ])
    const told = answers.map(({ status, body: { request_id: _, ...rest } }) => JSON.stringify([status, rest]))
    expect(new Set(told).size).toBe(1)
  })
})
