import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN_KEY, type RequestOptions, startTestHttp, type TestHttp } from './client.ts'
import { type Schema, type Schemas, valuesOf, violations } from './json-schema.ts'

type Content = Record<string, { schema?: Schema }>
type Operation = {
  operationId: string
  parameters?: { name: string; in: string; schema: Schema }[]
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content; headers?: Record<string, unknown> }>
}
type Route = { method: string; path: string; operation: Operation }
type Case = { route: Route; url: string; options: RequestOptions }

/** 10,000 with `npm run faults`. */
const RUNS = Number(process.env.GENERATED_REQUESTS ?? 500)

let test: TestHttp
let routes: Route[]
let schemas: Schemas
/** Existing ids, by path parameter. */
let ids: Record<string, string>
let keys: (string | null)[]

beforeAll(async () => {
  test = await startTestHttp()
  const { body: document } = await test.request('GET', '/openapi.json')
  schemas = document.components.schemas
  routes = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
      })),
  )
  const made = async (path: string, body: unknown) => (await test.request('POST', path, { body })).body.id
  const account = {
    provider: 'telefon-ip',
    name: 'a',
    base_url: 'http://127.0.0.1:1',
    credentials: { token: 'a-token-of-the-operator' },
  }
  const prv = await made('/v1/provider-accounts', account)
  ids = {
    'provider-accounts': prv,
    routes: await made('/v1/routes', { prefix: '+7', accounts: [prv] }),
    tenants: await made('/v1/tenants', { name: 'a' }),
    'api-keys': (await test.newKey()).id,
    verifications: await made('/v1/verifications', { phone: '+79243555100' }),
  }
  const everything = ['verify', 'read', 'billing', 'admin']
  keys = [
    ADMIN_KEY,
    (await test.newKey({ scopes: everything })).secret,
    (await test.newKey()).secret,
    null,
    'rp_live_x',
  ]
}, 60_000)
afterAll(() => test.stop())

const absurd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(null, '', -1, 1e308, 2 ** 53, '\0', '\ud800', [], {}, 'x'.repeat(5000), {
    a: { b: [] },
  }),
)

/** Bodies that fit the schema, nearly fit it, or are unrelated. */
function bodies(schema: Schema): fc.Arbitrary<unknown> {
  const valid = valuesOf(schema, schemas).map((body) => {
    const value = body as Record<string, unknown>
    // No request here may connect to a real operator.
    return value && typeof value === 'object' && 'base_url' in value
      ? { ...value, base_url: 'http://127.0.0.1:1' }
      : body
  })
  const names = Object.keys(schemas[schema.$ref?.split('/').at(-1) ?? '']?.properties ?? { a: {} })
  const nearly = fc
    .tuple(valid, fc.constantFrom(...names, 'unknown'), fc.oneof(absurd, fc.constant(undefined)))
    .map(([body, name, value]) => ({ ...(body as object), [name]: name === 'base_url' ? 'nowhere' : value }))
  const text = fc.constantFrom('', '{', '[]', 'null', '{"a":1,"a":2}', '{"__proto__":{}}', '\u00ff')
  return fc.oneof({ weight: 5, arbitrary: valid }, { weight: 4, arbitrary: nearly }, absurd, text)
}

const mostlyNot = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

function cases(): fc.Arbitrary<Case> {
  return fc.constantFrom(...routes).chain((route) => {
    const { parameters = [], requestBody } = route.operation
    const known = ids[route.path.split('/')[2] ?? ''] ?? ids.verifications ?? ''
    // Later requests need what exists.
    const own = route.method === 'DELETE' ? known.replace(/.$/, 'x') : known
    const segment = fc
      .string({ minLength: 1, maxLength: 40, unit: 'binary' })
      .map((text) => encodeURIComponent(text.toWellFormed()))
    const id = fc.oneof(
      { weight: 3, arbitrary: fc.constant(own) },
      fc.constantFrom(ids.verifications ?? '', 'x'),
      segment,
    )
    const inQuery = parameters.filter((parameter) => parameter.in === 'query')
    const query = fc.record(
      Object.fromEntries(
        inQuery.map(({ name, schema }) => [name, fc.oneof(valuesOf(schema, schemas), fc.string())]),
      ),
      { requiredKeys: [], noNullPrototype: true },
    )
    const idempotency = mostlyNot(fc.constantFrom('a', 'b', 'x'.repeat(256)))
    const tenant = mostlyNot(fc.constantFrom(ids.tenants, 'x'))
    const schema = requestBody?.content['application/json']?.schema
    const body = schema ? fc.option(bodies(schema), { freq: 20, nil: undefined }) : fc.constant(undefined)
    const key = fc.constantFrom(...keys, ...Array<string>(8).fill(ADMIN_KEY))
    return fc.record({ id, query, body, key, idempotency, tenant }).map((given) => {
      const search = new URLSearchParams(given.query as Record<string, string>).toString()
      const headers: Record<string, string> = {
        ...(given.idempotency && { 'idempotency-key': given.idempotency }),
        ...(given.tenant && { 'ringproof-tenant': given.tenant }),
      }
      const url = route.path.replace('{id}', given.id) + (search && `?${search}`)
      return { route, url, options: { key: given.key, headers, body: given.body, address: '192.0.2.1' } }
    })
  })
}

const LEAKS = /\bselect\b|\binsert into\b|postgres|node_modules|at \w+ \(|src\//i

it('every generated request gets an answer that the document describes, and no 5xx', async () => {
  await fc.assert(
    fc.asyncProperty(cases(), async ({ route, url, options }) => {
      const answer = await test.request(route.method, url, options)
      const described = route.operation.responses[answer.status]
      expect(answer.status).toBeLessThan(500)
      expect(described, `${answer.status} is described`).toBeDefined()
      expect(answer.text).not.toMatch(route.path.startsWith('/v1') ? LEAKS : /^$(?!)/)
      const type = answer.headers.get('content-type')?.split(';')[0] ?? ''
      const schema = described?.content?.[type]?.schema
      expect(schema !== undefined || answer.text === '', `${type} is described`).toBe(true)
      if (schema && answer.body !== undefined) expect(violations(schema, answer.body, schemas)).toEqual([])
      for (const name of Object.keys(described?.headers ?? {})) {
        if (answer.status === 429) expect([name, answer.headers.has(name)]).toEqual([name, true])
      }
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: false },
  )
}, 120_000)
