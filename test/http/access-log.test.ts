import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWeb } from '../../src/web.ts'
import { ADMIN_KEY, type Client, clientOf, startTestHttp, type TestHttp } from './client.ts'

let test: TestHttp
let request: Client
let lines: Record<string, unknown>[] = []
beforeAll(async () => {
  test = await startTestHttp()
  const log = pino({ level: 'info', base: null }, { write: (line: string) => lines.push(JSON.parse(line)) })
  request = clientOf(createWeb({ ...test.app, log }))
})
afterAll(() => test.stop())

/** The lines logged while `act` ran. */
async function logged(act: () => Promise<unknown>) {
  lines = []
  await act()
  return lines
}

describe('a request', () => {
  it('logs one line with its ids, and nothing of its content', async () => {
    const body = { phone: '+79243555101', reference: 'a-reference', metadata: { plan: 'a-plan' } }
    const headers = { 'x-request-id': 'the-id', 'idempotency-key': 'the-key' }
    const [line, ...more] = await logged(() => request('POST', '/v1/verifications', { body, headers }))
    expect(more).toEqual([])
    expect(line).toMatchObject({
      request_id: 'the-id',
      method: 'POST',
      route: '/v1/verifications',
      status: 201,
      duration_ms: expect.any(Number),
      key: expect.stringMatching(/^key_/),
      tenant: test.firstTenant,
    })
    expect(Object.keys(line ?? {}).sort()).toEqual(
      [
        'level',
        'time',
        'msg',
        'request_id',
        'method',
        'route',
        'status',
        'duration_ms',
        'key',
        'tenant',
      ].sort(),
    )
  })

  it('logs neither its query nor its path nor its key', async () => {
    const found = await logged(async () => {
      await request('GET', '/v1/verifications?phone=+79243555101&reference=a-reference')
      await request('GET', '/v1/79243555101/4711')
      await request('GET', '/v1/verifications', { key: `${ADMIN_KEY}x` })
      await request('POST', '/v1/verifications', { body: '{"phone":"+79243555101"' })
    })
    expect(found.map(({ status, route }) => [status, route])).toEqual([
      [200, '/v1/verifications'],
      [404, null],
      [401, '/v1/verifications'],
      [400, '/v1/verifications'],
    ])
    expect(JSON.stringify(found)).not.toMatch(/79243555101|4711|a-reference|rp_live/)
  })

  it('for health is not logged while all is well', async () => {
    expect(await logged(() => request('GET', '/healthz'))).toEqual([])
  })
})

describe('an unforeseen error', () => {
  it('is logged with its request, without statement or values, and answered as internal', async () => {
    await test.app.db.sql`alter table verifications rename column reference to renamed`
    const path = '/v1/verifications?reference=a-reference'
    let answer: Awaited<ReturnType<Client>> | undefined
    const found = await logged(async () => {
      answer = await request('GET', path, { headers: { 'x-request-id': 'broken' } })
    })
    await test.app.db.sql`alter table verifications rename column renamed to reference`
    expect([answer?.status, answer?.body.code, answer?.body.request_id]).toEqual([500, 'internal', 'broken'])
    expect(answer?.text).not.toMatch(/select|column|renamed/i)
    expect(found.map(({ request_id, msg }) => [request_id, msg])).toEqual([
      ['broken', 'request failed'],
      ['broken', 'request'],
    ])
    expect(found[0]).toMatchObject({ error: 'PostgresError', code: '42703' })
    expect(JSON.stringify(found)).not.toMatch(/a-reference|select/i)
  })
})
