import { createLocalJWKSet } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { createProbes } from '../../src/http/probes.ts'
import { createWeb } from '../../src/web.ts'
import { clientOf, startTestHttp, type TestHttp } from './client.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

describe('health and readiness', () => {
  it('need no key', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await test.request('GET', path, { key: null })
      expect([path, answer.status, answer.body]).toEqual([path, 200, { status: 'ok' }])
      expect((await test.request('HEAD', path, { key: null })).status).toBe(200)
    }
  })

  it('differ while the process stops, which also closes connections', async () => {
    const stopping = createWeb(test.app)
    const request = clientOf(stopping)
    stopping.drain()
    const ready = await request('GET', '/readyz')
    expect([ready.status, ready.body]).toEqual([503, { status: 'draining', down: [] }])
    expect(ready.headers.get('retry-after')).toBe('1')
    const answer = await request('GET', '/v1/verifications')
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
    expect((await request('GET', '/healthz')).status).toBe(200)
  })
})

describe('a worker’s port', () => {
  const answerOf = async (probes: ReturnType<typeof createProbes>, path: string) => {
    const answer = await probes.fetch(new Request(`http://worker${path}`))
    return { status: answer.status, body: JSON.parse(await answer.text()) }
  }

  it('tells the same of a process that stops, and of a database that is gone', async () => {
    const stopping = createProbes(test.app)
    expect(await answerOf(stopping, '/readyz')).toEqual({ status: 200, body: { status: 'ok' } })
    stopping.drain()
    expect(await answerOf(stopping, '/readyz')).toEqual({
      status: 503,
      body: { status: 'draining', down: [] },
    })
    const config = { ...test.app.config, DATABASE_URL: 'postgres://127.0.0.1:1/none' }
    const app = createApp({ ...config, SECRET_KEY: Buffer.alloc(32) }, 'test')
    const lost = createProbes(app)
    expect(await answerOf(lost, '/readyz')).toEqual({
      status: 503,
      body: { status: 'unavailable', down: ['database', 'queue'] },
    })
    expect((await answerOf(lost, '/healthz')).status).toBe(200)
    await app.close()
  })
})

describe('without a database', () => {
  it('requests fail fast with Retry-After, and readiness names what is down', async () => {
    const config = {
      ...test.app.config,
      DATABASE_URL: 'postgres://127.0.0.1:1/none',
      SECRET_KEY: Buffer.alloc(32),
    }
    const app = createApp(config, 'test')
    const request = clientOf(createWeb(app))
    const since = performance.now()
    const [ready, health, ...answers] = await Promise.all([
      request('GET', '/readyz'),
      request('GET', '/healthz'),
      request('GET', '/v1/verifications'),
      request('POST', '/v1/verifications', { body: { phone: '+79243555100' } }),
    ])
    expect(performance.now() - since).toBeLessThan(2000)
    expect([ready.status, ready.body]).toEqual([503, { status: 'unavailable', down: ['database', 'queue'] }])
    expect(health.status).toBe(200)
    for (const { status, body, headers } of answers) {
      expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '2'])
    }
    await app.close()
  })
})

describe('a request that takes too long', () => {
  it('is answered 503, even while it waits for a lock', async () => {
    const request = clientOf(createWeb(test.app, { requestLimitMs: 150 }))
    const held = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const lock = test.app.db.sql.begin(async (tx) => {
      await tx`lock table tenants in access exclusive mode`
      locked.resolve()
      await held.promise
    })
    await locked.promise
    const since = performance.now()
    const answer = await request('GET', '/v1/tenants')
    expect(performance.now() - since).toBeLessThan(1000)
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
      503,
      'unavailable',
      '5',
    ])
    held.resolve()
    await lock
    expect((await request('GET', '/v1/tenants')).status).toBe(200)
  })
})

describe('metrics', () => {
  it('count requests by route and status, not by id', async () => {
    await test.request('GET', `/v1/verifications/ver_${'0'.repeat(32)}`)
    const { text, headers, status } = await test.request('GET', '/metrics', { key: null })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(text).toContain(
      'ringproof_http_request_duration_seconds_count{method="GET",route="/v1/verifications/{id}",status="404"}',
    )
    expect(text).toContain('process_cpu_seconds_total')
    expect(text).not.toContain('ver_0000')
  })

  it('require METRICS_TOKEN if it is set', async () => {
    const config = { ...test.app.config, METRICS_TOKEN: 'a token' }
    const request = clientOf(createWeb({ ...test.app, config }))
    const withToken = (token: string | null) => request('GET', '/metrics', { key: token })
    expect((await withToken('a token')).status).toBe(200)
    for (const token of [null, 'another', 'a toke', 'a tokens']) {
      const answer = await withToken(token)
      expect([token, answer.status, answer.body.code]).toEqual([token, 401, 'unauthorized'])
    }
  })
})

describe('the proof keys', () => {
  it('are public, and hold no private part', async () => {
    const { body, headers, status } = await test.request('GET', '/.well-known/jwks.json', { key: null })
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=300'])
    expect(body.keys).toHaveLength(1)
    expect(body.keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' })
    expect(body.keys[0]).not.toHaveProperty('d')
    expect(createLocalJWKSet(body)).toBeTypeOf('function')
  })
})

describe('the sandbox’s calls', () => {
  it('are for test keys only', async () => {
    const live = await test.request('GET', '/v1/sandbox/calls?phone=+79243555100')
    expect([live.status, live.body.code]).toEqual([403, 'insufficient_scope'])
    const { secret } = await test.newKey()
    const calls = await test.request('GET', '/v1/sandbox/calls?phone=+79243555100', { key: secret })
    expect([calls.status, calls.body]).toEqual([200, { data: [] }])
  })

  it('go the other way with a test key that may verify, to real numbers', async () => {
    const body = { from: '+79243555100', to: '8 (495) 777-01-01' }
    const call = (key: string, changed = {}) =>
      test.request('POST', '/v1/sandbox/inbound', { key, body: { ...body, ...changed } })
    const { secret } = await test.newKey()
    const reads = await test.newKey({ scopes: ['read'] })
    const live = await test.newKey({ livemode: true })
    expect(await call(secret)).toMatchObject({
      status: 200,
      body: { from: '+79243555100', to: '+74957770101', awaited: false },
    })
    for (const key of [reads.secret, live.secret]) {
      expect(await call(key)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
    }
    for (const field of ['from', 'to']) {
      const refused = await call(secret, { [field]: '+7000' })
      expect([refused.status, refused.body.errors[0].path]).toEqual([422, field])
    }
  })
})

describe('the root', () => {
  it('redirects to the documentation', async () => {
    const answer = await test.request('GET', '/', { key: null })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs'])
  })
})
