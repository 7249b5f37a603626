import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { createApp, type ServiceConfig } from '../../src/app.ts'
import { testEndpoint } from '../../src/events/deliveries.ts'
import { rotateSecret } from '../../src/events/endpoints.ts'
import { resealEndpoints } from '../../src/events/reseal.ts'
import { pauseAfter, readRetryAfter, TRIES_MAX } from '../../src/events/schedule.ts'
import { openTenant } from '../setup/tenant.ts'
import type { Received } from './receiver.ts'
import { deliver, endpointAt, letPass, receiver } from './support.ts'

const { test, client } = await openTenant()

const accepts = (secret: string, { text, headers }: Received) => {
  try {
    new Webhook(secret).verify(text, headers)
    return true
  } catch {
    return false
  }
}

it('signatures are those of the specification’s vector', () => {
  const signer = new Webhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  const signature = signer.sign(
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    new Date(1614265330 * 1000),
    '{"test": 2432232314}',
  )
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

describe('a rotated secret', () => {
  it('signs beside the former one for the overlap, then alone', async () => {
    const own = await receiver()
    const endpoint = await endpointAt(client, own.url, { event_types: ['finding.created'] })
    const rotated = await rotateSecret(client, { id: endpoint.id, overlap_seconds: 60 })
    const sent = async () => {
      await testEndpoint(client, endpoint)
      await deliver(test, endpoint)
      return own.received.at(-1) as Received
    }
    const during = await sent()
    expect([accepts(endpoint.secret, during), accepts(rotated.secret, during)]).toEqual([true, true])
    expect(during.headers['webhook-signature']?.split(' ')).toHaveLength(2)
    await letPass(test, endpoint, 61)
    const after = await sent()
    expect([accepts(endpoint.secret, after), accepts(rotated.secret, after)]).toEqual([false, true])
    const last = await rotateSecret(client, { id: endpoint.id, overlap_seconds: 0 })
    const alone = await sent()
    expect([accepts(rotated.secret, alone), accepts(last.secret, alone)]).toEqual([false, true])
  })

  it('outlives a rotation of SECRET_KEY', async () => {
    const own = await receiver()
    const endpoint = await endpointAt(client, own.url, { event_types: ['finding.created'] })
    await rotateSecret(client, { id: endpoint.id, overlap_seconds: 60 })
    const config = test.app.config as ServiceConfig
    const key = randomBytes(32)
    const app = createApp({ ...config, SECRET_KEY: key, SECRET_KEY_OLD: [config.SECRET_KEY] }, 'rotated')
    const next = createApp({ ...config, SECRET_KEY: key }, 'next')
    try {
      expect((await resealEndpoints(app)).unreadable).toBe(0)
      await testEndpoint(client, endpoint)
      await deliver({ ...test, worker: { ...test.worker, ...next } }, endpoint)
      expect(accepts(endpoint.secret, own.received[0] as Received)).toBe(true)
    } finally {
      await Promise.all([app.close(), next.close()])
    }
  })
})

describe('the schedule', () => {
  it('has ten tries, each pause as documented plus at most a tenth, and never before Retry-After', () => {
    const hours = [2, 5, 10, 14, 20, 24].map((count) => count * 3600)
    const pauses = [5, 300, 1800, ...hours].map((seconds) => seconds * 1000)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: TRIES_MAX }),
        fc.option(fc.integer({ min: 0, max: 86_400_000 })),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (tries, retryAfter, random) => {
          const pause = pauseAfter(tries, retryAfter, random)
          if (tries === TRIES_MAX) return pause === null
          const planned = pauses[tries - 1] as number
          const longest = Math.max(planned * 1.1, retryAfter ?? 0)
          return pause !== null && pause >= Math.max(planned, retryAfter ?? 0) && pause <= longest
        },
      ),
    )
    expect(TRIES_MAX).toBe(10)
  })

  it('reads Retry-After in seconds and as a date, a day at most', () => {
    const now = Date.parse('2026-01-31T12:00:00Z')
    expect(readRetryAfter('120', now)).toBe(120_000)
    expect(readRetryAfter('Sat, 31 Jan 2026 12:01:00 GMT', now)).toBe(60_000)
    expect(readRetryAfter('Sat, 31 Jan 2026 11:00:00 GMT', now)).toBe(0)
    expect(readRetryAfter('99999999', now)).toBe(86_400_000)
    expect([readRetryAfter(undefined, now), readRetryAfter('soon', now)]).toEqual([null, null])
  })
})
