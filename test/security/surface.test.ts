import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WRONG_KEYS_PER_MINUTE } from '../../src/access/key-throttle.ts'
import { DEFAULT_POLICY, RULES } from '../../src/limits/schemas.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

const PATHS = [
  '/v1/verifications',
  '/v1/tenants',
  '/healthz',
  '/openapi.json',
  '/docs',
  '/docs/errors',
  '/nothing',
]

describe('other origins', () => {
  it('get no access: no answer has a CORS header, and a preflight allows nothing', async () => {
    const origin = { origin: 'https://evil.example' }
    const preflight = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    }
    for (const path of PATHS) {
      for (const method of ['GET', 'OPTIONS', 'POST']) {
        const headers = method === 'OPTIONS' ? { ...origin, ...preflight } : origin
        const answer = await test.request(method, path, { headers })
        const cors = [...answer.headers.keys()].filter((name) => name.startsWith('access-control'))
        expect([method, path, cors]).toEqual([method, path, []])
      }
    }
  })

  it('cannot use cookies: none is set, and a key counts only in its header', async () => {
    const { secret } = await test.newKey()
    const places: Record<string, string>[] = [{ cookie: `key=${secret}` }, { 'x-api-key': secret }]
    for (const headers of places) {
      const answer = await test.request('GET', '/v1/verifications', { key: null, headers })
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null])
    }
    const inQuery = await test.request('GET', `/v1/verifications?key=${secret}`, { key: null })
    expect(inQuery.status).toBe(401)
  })
})

describe('wrong keys', () => {
  it('are throttled by address, and all get the same answer', async () => {
    const guess = (address: string, i: number) =>
      test.request('GET', '/v1/verifications', { key: `rp_live_${'x'.repeat(36)}${i + 1000}`, address })
    const answers = []
    for (let i = 0; i < WRONG_KEYS_PER_MINUTE + 5; i++) answers.push(await guess('192.0.2.1', i))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(WRONG_KEYS_PER_MINUTE)
    expect(statuses.slice(WRONG_KEYS_PER_MINUTE)).toEqual(Array(5).fill(429))
    const texts = answers.slice(0, WRONG_KEYS_PER_MINUTE).map(({ body: { request_id: _, ...rest } }) => rest)
    expect(new Set(texts.map((text) => JSON.stringify(text))).size).toBe(1)
    expect((await guess('192.0.2.2', 0)).status).toBe(401)
  })
})

describe('a limit that is reached', () => {
  it('shows in Retry-After, RateLimit-Policy and RateLimit, with the denied verification', async () => {
    await test.request('PATCH', '/v1/policies', { body: { starts_per_phone_10m: 1, phone_pause_seconds: 0 } })
    const start = () => test.request('POST', '/v1/verifications', { body: { phone: '+79243555100' } })
    expect((await start()).status).toBe(201)
    const { status, headers, body } = await start()
    const wait = Number(headers.get('retry-after'))
    expect([status, body.code, body.rule]).toEqual([429, 'rate_limited', 'starts_per_phone_10m'])
    expect(wait).toBeGreaterThan(590)
    expect(wait).toBeLessThanOrEqual(600)
    expect(headers.get('ratelimit-policy')).toBe('"starts_per_phone_10m";q=1;w=600')
    expect(headers.get('ratelimit')).toBe(`"starts_per_phone_10m";r=0;t=${wait}`)
    const denied = await test.request('GET', `/v1/verifications/${body.verification}`)
    expect(denied.body).toMatchObject({ status: 'denied', attempts: 0, attempts_detail: [] })
  })
})

describe('the page about policies', () => {
  it('explains every field with its default', async () => {
    const { text, status } = await test.request('GET', '/docs/policy', { key: null })
    expect(status).toBe(200)
    for (const field of [...RULES, 'spend_per_day', 'observe']) {
      const [, row = ''] = text.split(`<tr id="${field}">`)
      const [, name, value, says = '', more = ''] =
        /<code>(\w+)<\/code>.*?<td>(.*?)<\/td><td>(.*?)<div class="soft">(.*?)<\/div>/s.exec(row) ?? []
      expect([name, says.trim().length > 10, more.length > 10]).toEqual([field, true, true])
      const set = DEFAULT_POLICY[field as keyof typeof DEFAULT_POLICY]
      if (typeof set === 'number') expect([field, value]).toEqual([field, `<code>${set}</code>`])
    }
    expect((await test.request('GET', '/docs', { key: null })).text).toContain('href="/docs/policy"')
  })
})
