import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import type { AppError } from '../../src/errors.ts'
import { reportEnds } from '../../src/limits/guard.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import type { PolicyChanges } from '../../src/limits/schemas.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, outcome, refusal, secondApp } from '../verifications/support.ts'
import { ends } from './ends.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.stop())

async function tenantWith(changes: PolicyChanges = {}): Promise<ClientContext> {
  const client = await test.newTenant()
  await updatePolicy(client, changes)
  return client
}

const to = (client: ClientContext, phone: string) => outcome(begin(client, { phone }))

describe('destinations', () => {
  it('are allowed and denied by the longest prefix that matches', async () => {
    const client = await tenantWith({ allow_prefixes: ['+7924', '+44'], deny_prefixes: ['+79243', '+447'] })
    expect(await to(client, '+79244555100')).toBe('ok')
    for (const phone of ['+79243555100', '+447400123456', '+79161234567']) {
      expect([phone, await to(client, phone)]).toEqual([phone, 'destination_denied'])
    }
    const even = await tenantWith({ allow_prefixes: ['+7924'], deny_prefixes: ['+7924'] })
    expect(await to(even, '+79244555100')).toBe('destination_denied')
    const none = await tenantWith({ allow_prefixes: [] })
    expect(await to(none, '+79244555100')).toBe('destination_denied')
  })

  it('of kinds that cost or hear nothing are denied by default; "fixed line or mobile" is not', async () => {
    const client = await tenantWith()
    const denied = [
      ...['+74951234567', '+78001234567', '+448701234567', '+445612345678', '+19002345678'],
      // Satellite, international networks, premium and shared cost of no country.
      ...['+870773111632', '+881612345678', '+88216612345', '+883510001234', '+979123456789', '+80812345678'],
    ]
    for (const phone of [...denied, '+447012345678']) {
      expect([phone, await to(client, phone)]).toEqual([phone, 'destination_denied'])
    }
    for (const phone of ['+79244555100', '+12015550123']) {
      expect([phone, await to(client, phone)]).toEqual([phone, 'ok'])
    }
    const open = await tenantWith({ deny_number_types: null })
    expect(await to(open, '+74951234567')).toBe('ok')
  })
})

describe('the conversion guard', () => {
  const range = '+7924666'
  const phone = `${range}0001`
  const report = ({ actor }: ClientContext, finished: number, approved: number) =>
    reportEnds(test.app, [
      { tenantId: actor.tenantId, livemode: false, range, byWeight: ends(finished, approved) },
    ])

  /** In a process that has not looked yet: by what a start is refused, null where it is not. */
  async function refused(client: ClientContext, phone: string): Promise<AppError | null> {
    const other = secondApp(test)
    try {
      const start = begin(other.as(client), { phone })
      return (await start.then(() => true).catch(() => false)) ? null : await refusal(start)
    } finally {
      await other.app.close()
    }
  }

  it('closes a range for an hour at most once fewer than a tenth of at least fifty requesters were approved', async () => {
    const client = await tenantWith()
    await report(client, 49, 0)
    expect(await refused(client, phone)).toBeNull()
    await report(client, 1, 0)
    // One came in before: the range lets in three a minute.
    const letIn = [await refused(client, phone), await refused(client, `${range}0002`)]
    expect(letIn).toEqual([null, null])
    const denied = await refused(client, phone)
    expect(denied).toMatchObject({
      code: 'destination_denied',
      options: { extra: { rule: 'conversion_guard' } },
    })
    expect(denied?.options.retryAfterSeconds).toBeGreaterThan(3500)
    expect(await refused(client, '+79246670001')).toBeNull()
    const live = test.clientContext(client.actor.tenantId, { livemode: true })
    expect(await refused(live, phone)).toBeNull()
    const { tenantId } = client.actor
    const events = await test.app.db.sql`
      select from audit_events where tenant_id = ${tenantId} and type = 'policy.guard_tripped'`
    expect(events).toHaveLength(1)
    await test.app.db.sql`
      update prefix_conversions set denied_until = now() - interval '1 second' where tenant_id = ${tenantId}`
    expect(await refused(client, phone)).toBeNull()
  })

  it('counts everything that several processes report of many ranges at the same time, and denies each range once', async () => {
    const client = await tenantWith()
    const { tenantId } = client.actor
    const ranges = Array.from({ length: 1200 }, (_, i) => `+7${930_000 + i}`)
    const report = () => ranges.map((range) => ({ tenantId, livemode: false, range, byWeight: ends(10, 0) }))
    const reports = [report(), report().toReversed(), report(), report().toReversed(), report()]
    await Promise.all(reports.map((each) => reportEnds(test.app, each)))
    const rows = await test.app.db.sql<{ finished: number; denied: number; ranges: number }[]>`
      select sum((select count(*) from jsonb_object_keys(value)))::int as finished, count(distinct prefix)::int as ranges,
        count(distinct prefix) filter (where denied_until > now())::int as denied
      from prefix_conversions, jsonb_each(minutes) where tenant_id = ${tenantId}`
    expect(rows).toEqual([{ finished: 1200 * 50, ranges: 1200, denied: 1200 }])
    const events = await test.app.db.sql<{ range: string }[]>`
      select data::json->>'prefix' as range from audit_events
      where tenant_id = ${tenantId} and type = 'policy.guard_tripped'`
    expect(events.map((event) => event.range).sort()).toEqual(ranges)
  })

  it('forgets what ended more than an hour ago', async () => {
    const client = await tenantWith()
    await report(client, 49, 0)
    await test.app.db.sql`
      update prefix_conversions set minutes = (
        select jsonb_object_agg((key::bigint - 61)::text, value) from jsonb_each(minutes))
      where tenant_id = ${client.actor.tenantId}`
    await report(client, 49, 0)
    expect(await refused(client, phone)).toBeNull()
  })

  it('leaves a range alone where a tenth were approved, or the guard is off', async () => {
    const client = await tenantWith()
    await report(client, 50, 5)
    expect(await refused(client, phone)).toBeNull()
    const off = await tenantWith({ conversion_guard: null })
    await report(off, 500, 0)
    expect(await refused(off, phone)).toBeNull()
  })
})
