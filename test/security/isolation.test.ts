import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type RequestOptions, startTestHttp, type TestHttp } from '../http/client.ts'

const PHONE = '+79243555100'
const REFERENCE = 'signup-4711'
const IDEMPOTENCY = { 'idempotency-key': 'the same' }

type Viewer = { name: string; key: string }

let test: TestHttp
/** The owner, whose data must stay hidden. */
let owner: Viewer
/** The owner's tenant in test mode, and another tenant in both. */
let strangers: Viewer[]
/** Ids that exist, by kind. */
let ids: Record<'ver' | 'att' | 'ten', string>
let routes: { method: string; path: string; hasBody: boolean }[]
let cursor: string
let firstAnswer: Answer

beforeAll(async () => {
  test = await startTestHttp()
  const newTenant = async (name: string): Promise<string> =>
    (await test.request('POST', '/v1/tenants', { body: { name, default_region: 'RU' } })).body.id
  const viewer = async (name: string, tenant: string, livemode: boolean): Promise<Viewer> => {
    const { secret } = await test.newKey({ tenant, livemode, scopes: ['verify', 'read', 'billing'] })
    return { name, key: secret }
  }
  const [own, other] = [await newTenant('owner'), await newTenant('stranger')]
  owner = await viewer('the owner, live', own, true)
  strangers = [
    await viewer('the owner, test', own, false),
    await viewer('a stranger, live', other, true),
    await viewer('a stranger, test', other, false),
  ]
  const first = { phone: PHONE, reference: REFERENCE }
  firstAnswer = await ask(owner, 'POST', '/v1/verifications', { body: first, headers: IDEMPOTENCY })
  await ask(owner, 'POST', '/v1/verifications', { body: { phone: '+79243565101', reference: REFERENCE } })
  cursor = (await ask(owner, 'GET', '/v1/verifications?limit=1')).body.next_cursor
  const detail = await ask(owner, 'GET', `/v1/verifications/${firstAnswer.body.id}`)
  ids = { ver: firstAnswer.body.id, att: detail.body.attempts_detail[0].id, ten: own }
  const { body } = await test.request('GET', '/openapi.json', { key: null })
  routes = Object.entries(body.paths as Record<string, Record<string, { requestBody?: object }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => {
        return { method: method.toUpperCase(), path, hasBody: operation.requestBody !== undefined }
      }),
  )
})
afterAll(() => test.stop())

const ask = ({ key }: Viewer, method: string, path: string, options: RequestOptions = {}) =>
  test.request(method, path, { ...options, key })

/** An answer without its request id. */
const told = ({ status, body }: Answer) => {
  const { request_id: _, ...rest } = body ?? {}
  return [status, rest]
}

const unknown = (id: string) => `${id.slice(0, 4)}${'0'.repeat(32)}`

describe('the existence of data in another tenant or mode cannot be learned', () => {
  it('by id: on every route a foreign id answers like an unused one', async () => {
    const withId = routes.filter(({ path }) => path.startsWith('/v1/') && path.includes('{id}'))
    expect(withId.length).toBeGreaterThan(15)
    for (const stranger of strangers) {
      for (const { method, path, hasBody } of withId) {
        const bodies = hasBody ? [undefined, {}, { code: '1234' }, '{'] : [undefined]
        for (const id of Object.values(ids)) {
          for (const body of bodies) {
            const options = body === undefined ? {} : { body }
            const theirs = await ask(stranger, method, path.replace('{id}', id), options)
            const nothing = await ask(stranger, method, path.replace('{id}', unknown(id)), options)
            const where = [stranger.name, method, path, id, body]
            expect([...where, ...told(theirs)]).toEqual([...where, ...told(nothing)])
            expect(theirs.status).toBeGreaterThanOrEqual(400)
          }
        }
      }
    }
    expect((await ask(owner, 'GET', `/v1/verifications/${ids.ver}`)).body.checks_left).toBe(3)
  })

  it('by timing: a row locked by its owner delays no other tenant', async () => {
    const path = `/v1/verifications/${ids.ver}`
    const uuid = ids.ver.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    await test.app.db.sql.begin(async (tx) => {
      await tx`select from verifications where id = ${uuid} for update`
      const asked = strangers.flatMap((stranger) => [
        ask(stranger, 'GET', path),
        ask(stranger, 'GET', `${path}/audit`),
        ask(stranger, 'POST', `${path}/confirm`, { body: { code: '1234' } }),
        ask(stranger, 'POST', `${path}/retry`),
        ask(stranger, 'POST', `${path}/cancel`),
      ])
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(asked.map(() => 404))
    })
  })

  it('by list and by filter', async () => {
    const from = encodeURIComponent(new Date(Date.now() - 3_600_000).toISOString())
    const queries = ['', `?phone=${encodeURIComponent(PHONE)}`, `?reference=${REFERENCE}`, '?status=pending']
    for (const stranger of strangers) {
      for (const query of [...queries, `?from=${from}`, '?limit=100']) {
        const { status, body } = await ask(stranger, 'GET', `/v1/verifications${query}`)
        const nothing = [200, { data: [], next_cursor: null }]
        expect([stranger.name, query, status, body]).toEqual([stranger.name, query, ...nothing])
      }
    }
    expect((await ask(owner, 'GET', `/v1/verifications?reference=${REFERENCE}`)).body.data).toHaveLength(2)
  })

  it('by any other list or page that a key without admin can read', async () => {
    const lists = routes.filter(
      ({ method, path }) => method === 'GET' && path.startsWith('/v1/') && !path.includes('{'),
    )
    for (const stranger of strangers) {
      for (const { path } of lists) {
        const { text, status } = await ask(stranger, 'GET', path)
        // The routes of client tokens know no key.
        const expected = path.startsWith('/v1/client/') ? [401] : [200, 403, 422]
        expect([path, status]).toEqual([path, expect.toBeOneOf(expected)])
        for (const trace of [...Object.values(ids), PHONE, REFERENCE]) {
          expect([stranger.name, path, text.includes(trace)]).toEqual([stranger.name, path, false])
        }
      }
    }
  })

  it('by cursor: a foreign one pages only through the caller’s own rows', async () => {
    for (const stranger of strangers) {
      const { status, body } = await ask(stranger, 'GET', `/v1/verifications?cursor=${cursor}`)
      expect([status, body]).toEqual([200, { data: [], next_cursor: null }])
    }
  })

  it('by Idempotency-Key: the same key and body is a separate request', async () => {
    for (const stranger of strangers) {
      const body = { phone: PHONE, reference: REFERENCE }
      const answer = await ask(stranger, 'POST', '/v1/verifications', { body, headers: IDEMPOTENCY })
      const replayed = answer.headers.get('idempotency-replayed')
      expect([stranger.name, answer.status, replayed]).toEqual([stranger.name, 201, null])
      expect(answer.body.id).not.toBe(firstAnswer.body.id)
    }
  })

  it('by limits: one tenant’s starts neither count for another nor supersede its verifications', async () => {
    const { body } = await ask(owner, 'GET', `/v1/verifications/${ids.ver}`)
    expect(body.status).toBe('pending')
    const again = await ask(owner, 'POST', '/v1/verifications', { body: { phone: PHONE } })
    expect([again.status, again.body.code]).toEqual([429, 'phone_cooldown'])
  })

  it('by Ringproof-Tenant: a key without admin gets the same answer for every tenant', async () => {
    for (const stranger of [owner, ...strangers]) {
      const answers = await Promise.all(
        [ids.ten, test.firstTenant, `ten_${'0'.repeat(32)}`, 'x'].map((tenant) =>
          ask(stranger, 'GET', '/v1/verifications', { headers: { 'ringproof-tenant': tenant } }),
        ),
      )
      expect(new Set(answers.map((answer) => JSON.stringify(told(answer)))).size).toBe(1)
      expect(answers[0]?.status).toBe(403)
    }
  })
})

describe('a test key of an administrator', () => {
  it('reaches nothing live of the tenant it acts for', async () => {
    const { secret } = await test.newKey({ scopes: ['verify', 'read', 'billing', 'admin'] })
    const acting = { headers: { 'ringproof-tenant': ids.ten }, key: secret }
    expect((await test.request('GET', `/v1/verifications/${ids.ver}`, acting)).status).toBe(404)
    const { body } = await test.request('GET', `/v1/verifications?reference=${REFERENCE}`, acting)
    expect(body.data.every(({ livemode }: { livemode: boolean }) => !livemode)).toBe(true)
    expect((await test.request('GET', '/v1/api-keys', acting)).text).not.toContain('"livemode":true')
  })
})
