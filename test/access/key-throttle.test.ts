import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeyThrottle, WRONG_KEYS_PER_MINUTE } from '../../src/access/key-throttle.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'

describe('the throttle', () => {
  it('allows a minute’s worth of wrong keys, and forgets them after a minute', () => {
    let now = 0
    const { count } = createKeyThrottle(() => now)
    const tries = () => {
      for (let i = 0; i < WRONG_KEYS_PER_MINUTE; i++) count('192.0.2.1')
    }
    tries()
    now = 20_500
    expect(() => count('192.0.2.1')).toThrow(expect.objectContaining({ code: 'too_many_requests' }))
    try {
      count('192.0.2.1')
    } catch (error) {
      expect(error).toMatchObject({ options: { retryAfterSeconds: 40 } })
    }
    count('192.0.2.2')
    now = 60_000
    tries()
  })

  it('counts an IPv6 /64 as one address', () => {
    const { count } = createKeyThrottle()
    for (let i = 0; i < WRONG_KEYS_PER_MINUTE; i++) count(`2001:db8::${i.toString(16)}`)
    expect(() => count('2001:db8::ffff')).toThrow()
    count('2001:db8:0:1::1')
  })

  it('counts a /56 as four addresses and a /48 as sixteen, from any of their /64s', () => {
    const { count } = createKeyThrottle()
    const refusedAfter = (address: (i: number) => string) => {
      for (let i = 0; i < 5000; i++) {
        try {
          count(address(i))
        } catch {
          return i
        }
      }
      return null
    }
    const hex = (value: number) => value.toString(16)
    expect(refusedAfter((i) => `2001:db8:1:${hex(i % 256)}::1`)).toBe(4 * WRONG_KEYS_PER_MINUTE)
    expect(refusedAfter((i) => `2001:db8:2:${hex((i * 257) % 65_536)}::1`)).toBe(16 * WRONG_KEYS_PER_MINUTE)
    expect(() => count('2001:db8:3::1')).not.toThrow()
  })

  it('remembers a bounded number of addresses', () => {
    const { count } = createKeyThrottle()
    for (let i = 0; i < WRONG_KEYS_PER_MINUTE; i++) count('192.0.2.1')
    for (let i = 0; i < 10_000; i++) count(`10.0.${i >> 8}.${i & 255}`)
    count('192.0.2.1')
  })
})

describe('wrong keys of one address', () => {
  let test: TestHttp
  beforeAll(async () => {
    test = await startTestHttp()
  })
  afterAll(() => test.stop())

  it('get 429, while right keys and other addresses pass', async () => {
    const wrong = (address: string, i: number) =>
      test.request('GET', '/v1/verifications', { key: `rp_live_${'x'.repeat(32)}${i}`, address })
    for (let i = 0; i < WRONG_KEYS_PER_MINUTE; i++) expect((await wrong('192.0.2.1', i)).status).toBe(401)
    const refused = await wrong('192.0.2.1', 99)
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many_requests'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.headers.get('ratelimit-policy')).toBe('"wrong_keys_per_address";q=30;w=60')
    expect(refused.headers.get('ratelimit')).toMatch(/^"wrong_keys_per_address";r=0;t=\d+$/)
    expect((await wrong('::ffff:192.0.2.1', 100)).status).toBe(429)
    expect((await wrong('192.0.2.2', 1)).status).toBe(401)
    expect((await test.request('GET', '/v1/verifications', { address: '192.0.2.1' })).status).toBe(200)
    expect((await test.request('GET', '/v1/verifications', { key: null, address: '192.0.2.1' })).status).toBe(
      401,
    )
  })
})
