import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { forgetCounters, updatePolicy } from '../../src/limits/manage.ts'
import type { PolicyChanges } from '../../src/limits/schemas.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { retry } from '../../src/verifications/retry.ts'
import type { StartInput } from '../../src/verifications/schemas.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { serveEveryPhone } from '../setup/route.ts'
import {
  begin,
  beginAndRing,
  newPhone,
  outcome,
  refusal,
  secondApp,
  stored,
  tally,
  uuidOf,
} from '../verifications/support.ts'
import { letPass } from './time.ts'

let test: TestApp
let second: ReturnType<typeof secondApp>
beforeAll(async () => {
  test = await startTestApp()
  await serveEveryPhone(test.app, (await test.newTenant()).actor.tenantId)
  second = secondApp(test)
})
afterAll(async () => {
  await second.app.close()
  await test.stop()
})

/** No limits, except those that a test sets. */
const NONE: PolicyChanges = {
  starts_per_phone_10m: null,
  starts_per_phone_hour: null,
  starts_per_phone_day: null,
  phone_pause_seconds: null,
  starts_per_ip_hour: null,
  starts_per_prefix_hour: null,
}

async function tenantWith(changes: PolicyChanges): Promise<ClientContext> {
  const client = await test.newTenant()
  await updatePolicy(client, { ...NONE, ...changes })
  return client
}

const tries = (client: ClientContext, times: number, input: () => Partial<StartInput>) =>
  Promise.all(
    Array.from({ length: times }, (_, i) => outcome(begin(i % 2 ? client : second.as(client), input()))),
  )

describe('a limit admits exactly its number of starts that race over two processes', () => {
  it('for one phone: seven of 100', async () => {
    const phone = newPhone()
    const client = await tenantWith({ starts_per_phone_hour: 7 })
    expect(tally(await tries(client, 100, () => ({ phone })))).toEqual({ ok: 7, rate_limited: 93 })
  })

  it('for one phone with the pause: one of 100', async () => {
    const phone = newPhone()
    const client = await tenantWith({ phone_pause_seconds: 30 })
    expect(tally(await tries(client, 100, () => ({ phone })))).toEqual({ ok: 1, phone_cooldown: 99 })
  })

  it('for one address: twenty of 100; IPv6 by its /64, and IPv4 in either notation', async () => {
    const client = await tenantWith({ starts_per_ip_hour: 20 })
    let i = 0
    const from = (address: () => string) => () => ({ phone: newPhone(), client_ip: address() })
    const within64 = from(() => `2001:db8:0:7::${(i++).toString(16)}`)
    expect(tally(await tries(client, 100, within64))).toEqual({ ok: 20, rate_limited: 80 })
    const both = from(() => (i++ % 2 ? '203.0.113.7' : '::ffff:203.0.113.7'))
    expect(tally(await tries(client, 40, both))).toEqual({ ok: 20, rate_limited: 20 })
    expect(await outcome(begin(client, { client_ip: '2001:db8:0:1008::1' }))).toBe('ok')
    expect(await outcome(begin(client))).toBe('ok')
  })

  it('for one household or site: four times as many from a /56, sixteen times from a /48, from any of their /64s', async () => {
    const client = await tenantWith({ starts_per_ip_hour: 2 })
    let i = 0
    const within56 = () => ({ phone: newPhone(), client_ip: `2001:db8:1:${(i++ % 256).toString(16)}::1` })
    expect(tally(await tries(client, 40, within56))).toEqual({ ok: 8, rate_limited: 32 })
    const within48 = () => ({
      phone: newPhone(),
      client_ip: `2001:db8:2:${((i++ % 200) * 256).toString(16)}::1`,
    })
    expect(tally(await tries(client, 80, within48))).toEqual({ ok: 32, rate_limited: 48 })
    const refused = await refusal(begin(client, within48()))
    expect(refused.options.rateLimit).toMatchObject({ policy: 'starts_per_ip_hour', limit: 32 })
    expect(await outcome(begin(client, { client_ip: '2001:db8:3::1' }))).toBe('ok')
  })

  it('for one number range: thirty of 100', async () => {
    const client = await tenantWith({ starts_per_prefix_hour: 30 })
    let i = 0
    const inRange = () => ({ phone: `+7924777${String(i++).padStart(4, '0')}` })
    expect(tally(await tries(client, 100, inRange))).toEqual({ ok: 30, rate_limited: 70 })
    expect(await outcome(begin(client, { phone: '+79247780000' }))).toBe('ok')
  })

  it('for three ranges at once: 25 of each, retries included, while old counters are removed', async () => {
    const client = await tenantWith({ starts_per_prefix_hour: 25 })
    const { tenantId } = client.actor
    const ranges = ['+7924771', '+7924772', '+7924773']
    const earlier = await Promise.all(
      ranges.map((range) => beginAndRing(test, client, { phone: `${range}9999` })),
    )
    // Old enough for a retry and for the removal of counters.
    await letPass(test, client, 26 * 3600)
    await test.app.db.sql`
      update start_counters set updated_at = now() - interval '26 hours' where tenant_id = ${tenantId}`
    const results = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const side = i % 2 ? client : second.as(client)
        if (i % 50 === 1) await forgetCounters(side)
        if (i % 60 < 3) return await outcome(retry(side, { id: earlier[i % 3]?.id ?? '' }))
        // Few phones, so that starts supersede each other; addresses in a different order from ranges.
        const phone = `${ranges[i % 3]}${String(i % 60).padStart(4, '0')}`
        return await outcome(begin(side, { phone, client_ip: `203.0.113.${(i >> 2) % 5}` }))
      }),
    )
    expect(tally(results).ok).toBe(75)
    const counted = await test.app.db.sql`
      select left(v.phone, 8) as range, count(*)::int as count
      from attempts a join verifications v on v.id = a.verification_id
      where v.tenant_id = ${tenantId} group by 1 order by 1`
    expect(counted).toEqual(ranges.map((range) => ({ range, count: 26 })))
  })
})

describe('a window', () => {
  it.each([
    ['starts_per_phone_10m', 600],
    ['starts_per_phone_hour', 3600],
    ['starts_per_phone_day', 86_400],
  ] as const)('of %s slides: a start counts until it is that old', async (rule, seconds) => {
    const phone = newPhone()
    const client = await tenantWith({ [rule]: 2 })
    await begin(client, { phone })
    await letPass(test, client, seconds / 2)
    await begin(client, { phone })
    const refused = await refusal(begin(client, { phone }))
    expect(refused).toMatchObject({ code: 'rate_limited', options: { extra: { rule } } })
    expect(refused.options.retryAfterSeconds).toBeGreaterThan(seconds / 2 - 20)
    expect(refused.options.retryAfterSeconds).toBeLessThanOrEqual(seconds / 2)
    await letPass(test, client, seconds / 2 - 20)
    expect(await outcome(begin(client, { phone }))).toBe('rate_limited')
    await letPass(test, client, 20)
    expect(await outcome(begin(client, { phone }))).toBe('ok')
    expect(await outcome(begin(client, { phone }))).toBe('rate_limited')
  })

  it.each([
    ['starts_per_ip_hour', { client_ip: '203.0.113.7' }],
    ['starts_per_prefix_hour', {}],
  ] as const)('of %s holds for an hour, and a minute at most beyond it', async (rule, input) => {
    const client = await tenantWith({ [rule]: 2 })
    const phones = ['+79247790001', '+79247790002', '+79247790003', '+79247790004', '+79247790005']
    const next = () => outcome(begin(client, { phone: phones.shift() ?? '', ...input }))
    expect([await next(), await next(), await next()]).toEqual(['ok', 'ok', 'rate_limited'])
    await letPass(test, client, 3540)
    expect(await next()).toBe('rate_limited')
    await letPass(test, client, 120)
    expect(await next()).toBe('ok')
  })

  it('of the pause doubles with each start in the last hour', async () => {
    const phone = newPhone()
    const client = await tenantWith({ phone_pause_seconds: 30 })
    for (const pause of [30, 60, 120]) {
      expect(await outcome(begin(client, { phone }))).toBe('ok')
      const refused = await refusal(begin(client, { phone }))
      expect(refused.code).toBe('phone_cooldown')
      expect(refused.options.retryAfterSeconds).toBeGreaterThan(pause - 20)
      expect(refused.options.retryAfterSeconds).toBeLessThanOrEqual(pause)
      await letPass(test, client, pause - 20)
      expect(await outcome(begin(client, { phone }))).toBe('phone_cooldown')
      await letPass(test, client, 20)
    }
    await letPass(test, client, 3600)
    await begin(client, { phone })
    expect((await refusal(begin(client, { phone }))).options.retryAfterSeconds).toBeLessThanOrEqual(30)
  })
})

describe('a denied start', () => {
  it('costs nothing, supersedes nothing and extends no pause', async () => {
    const phone = newPhone()
    const client = await tenantWith({ phone_pause_seconds: 30, starts_per_ip_hour: 50 })
    const { tenantId } = client.actor
    const input = { phone, client_ip: '203.0.113.9' }
    const first = await begin(client, input)
    const counters = () => test.app.db.sql`
      select (select jsonb_agg(starts) from phone_counters where tenant_id = ${tenantId}) as phones,
        (select jsonb_agg(minutes order by key) from start_counters where tenant_id = ${tenantId}) as shared`
    const before = await counters()
    const refused = await refusal(begin(client, input))
    for (let i = 0; i < 5; i++) expect(await outcome(begin(client, input))).toBe('phone_cooldown')
    expect(await counters()).toEqual(before)
    const denied = await stored(test, String(refused.options.extra?.verification))
    expect(denied).toMatchObject({ status: 'denied', calls: [], failureCode: null })
    expect(await stored(test, first.id)).toMatchObject({ status: 'pending' })
    await letPass(test, client, 30)
    expect(await outcome(begin(client, input))).toBe('ok')
  })

  it('records rule, counter and threshold in the audit, and returns the same', async () => {
    const phone = newPhone()
    const client = await tenantWith({ starts_per_phone_day: 2 })
    await begin(client, { phone })
    await begin(client, { phone })
    const { options } = await refusal(begin(client, { phone }))
    expect(options).toMatchObject({
      extra: { rule: 'starts_per_phone_day' },
      rateLimit: { policy: 'starts_per_phone_day', limit: 2, windowSeconds: 86_400, remaining: 0 },
    })
    const [event] = await test.app.db.sql<{ type: string; data: string }[]>`
      select type, data from audit_log
      where verification_id = ${uuidOf(String(options.extra?.verification))}`
    expect([event?.type, JSON.parse(event?.data ?? '')]).toMatchObject([
      'verification.denied',
      { rule: 'starts_per_phone_day', counter: 2, threshold: 2, window_seconds: 86_400 },
    ])
    expect(event?.data).not.toContain(phone.slice(1))
  })
})

describe('a rule that is only observed', () => {
  it('counts and audits, but denies nothing', async () => {
    const phone = newPhone()
    const rules = ['starts_per_phone_hour', 'phone_pause_seconds', 'deny_prefixes'] as const
    const client = await tenantWith({
      starts_per_phone_hour: 1,
      phone_pause_seconds: 30,
      deny_prefixes: [phone],
      observe: [...rules],
    })
    await begin(client, { phone })
    const { id } = await begin(client, { phone })
    const [event] = await test.app.db.sql<{ data: string }[]>`
      select data from audit_log where verification_id = ${uuidOf(id)} and seq = 1`
    const { observed } = JSON.parse(event?.data ?? '')
    expect(observed.map(({ rule }: { rule: string }) => rule).sort()).toEqual([...rules].sort())
    const seen = { rule: 'starts_per_phone_hour', counter: 1, threshold: 1, window_seconds: 3600 }
    expect(observed).toContainEqual(seen)
  })
})

describe('wrong guesses that are only observed', () => {
  it('are audited beyond the limit, but never refused', async () => {
    const client = await tenantWith({
      wrong_guesses_per_phone_day: 1,
      observe: ['wrong_guesses_per_phone_day'],
    })
    const { id, code, wrong } = await beginAndRing(test, client, { max_checks: 5 })
    const answers = []
    for (const typed of [wrong, wrong, code])
      answers.push(await outcome(confirm(client, { id, code: typed })))
    expect(answers).toEqual(['code_incorrect', 'code_incorrect', 'ok'])
    const events = await test.app.db.sql<{ data: string }[]>`
      select data from audit_log where verification_id = ${uuidOf(id)} and type like 'check.%' order by seq`
    const observed = events.map(({ data }) => JSON.parse(data).observed?.[0].counter ?? null)
    expect(observed).toEqual([null, 1, 2])
  })
})

describe('test keys', () => {
  it('obey phone limits and the pause only once the tenant has set them', async () => {
    const phone = newPhone()
    const client = await test.newTenant()
    const live = test.clientContext(client.actor.tenantId, { livemode: true })
    for (let i = 0; i < 12; i++) await begin(client, { phone })
    await begin(live, { phone })
    expect(await outcome(begin(live, { phone }))).toBe('phone_cooldown')
    await updatePolicy(client, { starts_per_phone_day: 12 })
    // The second process has not cached the policy yet.
    expect(await outcome(begin(second.as(client), { phone }))).toBe('rate_limited')
  })

  it('obey everything else, on their own counters', async () => {
    const client = await tenantWith({ deny_number_types: ['mobile'] })
    expect(await outcome(begin(client))).toBe('destination_denied')
    const other = await tenantWith({ starts_per_ip_hour: 1 })
    const live = test.clientContext(other.actor.tenantId, { livemode: true })
    const from = (context: ClientContext) => outcome(begin(context, { client_ip: '203.0.113.7' }))
    expect([await from(other), await from(live)]).toEqual(['ok', 'ok'])
    expect([await from(other), await from(live)]).toEqual(['rate_limited', 'rate_limited'])
  })
})
