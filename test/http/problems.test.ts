import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError, ERRORS, type ErrorCode, titleOf } from '../../src/errors.ts'
import { problem, toAppError } from '../../src/exchange/problem.ts'
import { createLogger } from '../../src/process/log.ts'
import { say } from '../../src/words/text.ts'
import { startTestHttp, type TestHttp } from './client.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp({ PUBLIC_URL: 'https://verify.example.com' })
})
afterAll(() => test.stop())

const log = createLogger({ LOG_LEVEL: 'silent' }, 'test')
const codes = Object.keys(ERRORS) as ErrorCode[]

describe('a problem document', () => {
  it('has the members of RFC 9457 and the contract', async () => {
    const { status, headers, body } = await test.request('GET', '/v1/nothing', {
      headers: { 'x-request-id': 'my-own.id_1' },
    })
    expect(status).toBe(404)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(headers.get('x-request-id')).toBe('my-own.id_1')
    expect(body).toEqual({
      type: 'https://verify.example.com/docs/errors/not_found',
      title: titleOf('not_found'),
      status: 404,
      detail: 'Nothing exists at this address.',
      code: 'not_found',
      request_id: 'my-own.id_1',
    })
  })

  it('has a type that resolves, for every code', async () => {
    for (const code of codes) {
      const page = await test.request('GET', `/docs/errors/${code}`, { key: null })
      expect([code, page.status]).toEqual([code, 200])
      expect(page.text).toContain(`<code>${code}</code>`)
      expect(page.text).toContain(String(ERRORS[code].status))
    }
    expect((await test.request('GET', '/docs/errors/constructor')).status).toBe(404)
  })

  it('links to the request’s own host if no PUBLIC_URL is set', async () => {
    const other = await startTestHttp()
    const { body } = await other.request('GET', 'http://api.example:8080/nothing')
    expect(body.type).toBe('http://api.example:8080/docs/errors/not_found')
    await other.stop()
  })

  it('names the bound for a number far beyond it', async () => {
    const body = { phone: '+79243555100', ttl_seconds: 1e300, max_checks: -1e300 }
    const { detail, errors } = (await test.request('POST', '/v1/verifications', { body })).body
    expect(detail).toBe('ttl_seconds: must be at most 900')
    expect(errors).toEqual([
      { path: 'ttl_seconds', message: 'must be at most 900' },
      { path: 'max_checks', message: 'must be at least 1' },
    ])
  })

  it('says that a non-numeric page must be a number', async () => {
    for (const limit of ['', ' ', 'x', '1.5', '0x10', '1e1', '9'.repeat(20)]) {
      const answer = await test.request('GET', `/v1/verifications?limit=${limit}`)
      expect([limit, answer.status, answer.body.detail]).toEqual([
        limit,
        422,
        'limit: must be a whole number',
      ])
    }
    const { detail } = (await test.request('GET', '/v1/verifications?limit=4711')).body
    expect(detail).toBe('limit: must be at most 100')
  })

  it('names every wrong field with its path, and quotes no value', async () => {
    const body = {
      phone: 5,
      ttl_seconds: 1,
      metadata: { a: 1 },
      channel: 'pigeon-4711',
      extra: 'secret-4711',
    }
    const answer = await test.request('POST', '/v1/verifications', { body })
    const paths = answer.body.errors.map((error: { path: string }) => error.path).sort()
    expect(paths).toEqual(['channel', 'extra', 'metadata.a', 'phone', 'ttl_seconds'])
    expect(answer.text).not.toContain('4711')
    expect(answer.body.errors).toContainEqual({ path: 'phone', message: 'must be a string, not a number' })
    expect(answer.body.detail).toBe(`${answer.body.errors[0].path}: ${answer.body.errors[0].message}`)
  })

  it('with 429 has Retry-After, RateLimit-Policy and RateLimit, whatever threw it', () => {
    const rateLimit = { policy: 'starts_per_phone_day', limit: 10, windowSeconds: 86400, remaining: 0 }
    const limited = problem(new AppError('rate_limited', { retryAfterSeconds: 123, rateLimit }), 'r', '/docs')
    expect(limited.headers).toMatchObject({
      'retry-after': '123',
      'ratelimit-policy': '"starts_per_phone_day";q=10;w=86400',
      ratelimit: '"starts_per_phone_day";r=0;t=123',
    })
    for (const code of codes.filter((code) => ERRORS[code].status === 429)) {
      expect(Object.keys(problem(new AppError(code), 'r', '/docs').headers ?? {})).toEqual(
        expect.arrayContaining(['retry-after', 'ratelimit-policy', 'ratelimit']),
      )
    }
  })

  it('with Retry-After says in its text how long to wait', () => {
    for (const code of codes) {
      const options = { detail: say('account_unusable'), retryAfterSeconds: 27 }
      const { status, body } = problem(new AppError(code, options), 'r', '/docs')
      const { detail } = body as { detail: string }
      expect(detail).toBe(
        status === 401 ? 'The account cannot be used.' : 'The account cannot be used. Try again in 27 s.',
      )
    }
    const bare = problem(new AppError('unavailable'), 'r', '/docs').body as { detail: string }
    expect(bare.detail).toBe(`${titleOf('unavailable')}. Try again in 2 s.`)
  })

  it('with 503 has Retry-After', () => {
    expect(problem(new AppError('unavailable'), 'r', '/docs').headers).toMatchObject({ 'retry-after': '2' })
  })
})

describe('a thrown error', () => {
  const thrownBy = (fields: Record<string, unknown>) => Object.assign(new Error('a secret'), fields)

  it('is `unavailable` if the database is down, busy or too slow', () => {
    for (const code of [
      'ECONNREFUSED',
      'CONNECTION_CLOSED',
      '57P01',
      '08006',
      '53300',
      '57014',
      '55P03',
      '40P01',
    ]) {
      expect([code, toAppError(thrownBy({ code }), log, 'r').code]).toEqual([code, 'unavailable'])
    }
    const wrapped = thrownBy({ query: 'select', params: [1], cause: thrownBy({ code: '57P01' }) })
    expect(toAppError(wrapped, log, 'r').code).toBe('unavailable')
  })

  it('is `internal` otherwise, and reveals nothing to the caller', () => {
    for (const thrown of [thrownBy({}), thrownBy({ code: '42P01' }), 'text', null, undefined]) {
      const error = toAppError(thrown, log, 'r')
      expect(error.code).toBe('internal')
      expect(JSON.stringify(problem(error, 'r', '/docs'))).not.toContain('secret')
    }
  })
})

describe('every answer', () => {
  it('has a request id and strict security headers', async () => {
    for (const path of ['/v1/verifications', '/healthz', '/nothing', '/docs', '/']) {
      const { headers } = await test.request('GET', path, { headers: { 'x-request-id': 'sp ace' } })
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
    expect((await test.request('GET', '/v1/verifications')).headers.get('cache-control')).toBe('no-store')
  })

  it('has its own request id if the given one is unsafe', async () => {
    for (const id of ['a'.repeat(129), 'a b', 'a"b', 'ключ', '<x>']) {
      const headers = { 'x-request-id': encodeURI(id) === id ? id : encodeURIComponent(id) }
      const answer = await test.request('GET', '/healthz', { headers })
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    }
  })
})
