import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { reportEnds } from '../../src/limits/guard.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { PROBES_PER_MINUTE } from '../../src/limits/rules.ts'
import type { PolicyChanges } from '../../src/limits/schemas.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { serveEveryPhone } from '../setup/route.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, beginAndRing, outcome, refusal, secondApp, tally } from '../verifications/support.ts'
import { ends } from './ends.ts'
import { NOBODY, OWNER, prove, stranger, type Who } from './strangers.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
  await serveEveryPhone(test.app, (await test.newTenant()).actor.tenantId)
})
afterAll(() => test.stop())

const RANGE = '+7924666'
const phoneOf = (i: number) => `${RANGE}${String(i).padStart(4, '0')}`

async function tenantWith(changes: PolicyChanges = {}): Promise<ClientContext> {
  const client = await test.newTenant()
  await updatePolicy(client, { starts_per_prefix_hour: null, ...changes })
  return client
}

/** Reports ended verifications of new requesters in the range, some of them approved. */
const report = ({ actor }: ClientContext, finished: number, approved: number, startedAt?: number) =>
  reportEnds(test.app, [
    {
      tenantId: actor.tenantId,
      livemode: false,
      range: RANGE,
      byWeight: ends(finished, approved, startedAt),
    },
  ])

/** Flushes this process's reports until that many requesters have ended in the range. */
async function reportAll({ actor }: ClientContext, requesters: number): Promise<void> {
  await waitFor(async () => {
    await reportEnds(test.app, test.app.observations.take().ends)
    const [row] = await test.app.db.sql<{ count: number }[]>`
      select count(distinct name)::int as count
      from prefix_conversions, jsonb_each(minutes) as m (minute, names), jsonb_object_keys(names) as name
      where tenant_id = ${actor.tenantId} and prefix = ${RANGE}`
    return row?.count === requesters
  })
}

/** Runs in processes that have not cached the policy yet. */
async function elsewhere<T>(client: ClientContext, work: (as: ClientContext) => Promise<T>): Promise<T> {
  const other = secondApp(test)
  try {
    return await work(other.as(client))
  } finally {
    await other.app.close()
  }
}

const tryTo = (client: ClientContext, phone: string, who: Who = NOBODY) =>
  elsewhere(client, (as) => outcome(begin(as, { phone, ...who })))

/** Uses up this minute's probes by other starts. */
async function useUpProbes({ actor }: ClientContext): Promise<void> {
  const minute = Math.floor(Date.now() / 60_000)
  const minutes = { [minute]: PROBES_PER_MINUTE, [minute + 1]: PROBES_PER_MINUTE }
  await test.app.db.sql`
    insert into start_counters (tenant_id, livemode, key, minutes, updated_at)
    values (${actor.tenantId}, false, ${`prefix ${RANGE}`}, ${JSON.stringify(minutes)}::jsonb, now())
    on conflict (tenant_id, livemode, key) do update set minutes = excluded.minutes`
}

const events = async ({ actor }: ClientContext) => {
  const rows = await test.app.db.sql<{ type: string }[]>`
    select type from audit_log where tenant_id = ${actor.tenantId} and type like 'policy.guard%' order by id`
  return rows.map(({ type }) => type)
}

describe('a range of numbers', () => {
  /**
   * Starts to phones of the range, each with three wrong codes, from that many addresses and always new
   * devices.
   */
  async function attack(client: ClientContext, starts: number, addresses: number): Promise<void> {
    for (let i = 0; i < starts; i++) {
      const who = { ...stranger(i % addresses), device: `made up ${i}` }
      const { id, wrong } = await beginAndRing(test, client, { phone: phoneOf(i), ...who })
      for (let check = 0; check < 3; check++) await outcome(confirm(client, { id, code: wrong, ...who }))
    }
  }

  it('is not closed by 52 starts with wrong codes from three addresses', async () => {
    const client = await tenantWith()
    await attack(client, 52, 3)
    await reportAll(client, 3)
    await useUpProbes(client)
    expect(await tryTo(client, phoneOf(9000))).toBe('ok')
    expect(await events(client)).toEqual([])
  })

  it('is closed by fifty unapproved requesters, but stays open to known ones', async () => {
    const client = await tenantWith()
    const [known, approved] = [phoneOf(9001), phoneOf(9002)]
    await prove(test, client, known, OWNER)
    await prove(test, client, approved, NOBODY)
    // With the two above, exactly as many as the guard judges: a range that closed earlier would refuse the
    // last ones.
    await attack(client, 48, 48)
    await reportAll(client, 50)
    expect(await events(client)).toEqual(['policy.guard_tripped'])
    await useUpProbes(client)
    expect(await tryTo(client, phoneOf(9000), OWNER)).toBe('destination_denied')
    expect(await tryTo(client, known, OWNER)).toBe('ok')
    expect(await tryTo(client, approved, stranger(3))).toBe('ok')
    expect(await tryTo(client, '+79246670001')).toBe('ok')
  })

  it('is closed by fifty devices, real or invented, if the client sends no addresses', async () => {
    const client = await tenantWith()
    for (let i = 0; i < 50; i++) {
      const who = { device: `made up ${i}` }
      const { id, wrong } = await beginAndRing(test, client, { phone: phoneOf(i), max_checks: 1, ...who })
      await outcome(confirm(client, { id, code: wrong, ...who }))
    }
    await reportAll(client, 50)
    await useUpProbes(client)
    expect(await tryTo(client, phoneOf(9000))).toBe('destination_denied')
  })

  it('counts a phone once if no requester is named', async () => {
    const client = await tenantWith()
    for (let i = 0; i < 60; i++) await begin(client, { phone: phoneOf(i % 3) })
    await reportAll(client, 3)
  })
})

describe('a closed range', () => {
  it('admits three starts a minute of those that race over two processes', async () => {
    const client = await tenantWith()
    await report(client, 50, 0)
    const said = await elsewhere(client, (one) =>
      elsewhere(client, (two) =>
        Promise.all(
          Array.from({ length: 40 }, (_, i) => outcome(begin(i % 2 ? one : two, { phone: phoneOf(i) }))),
        ),
      ),
    )
    const { ok, destination_denied } = tally(said)
    // The minute may end meanwhile.
    expect([3, 6]).toContain(ok)
    expect((ok ?? 0) + (destination_denied ?? 0)).toBe(40)
  })

  it('opens once half of at least five admitted requesters were approved, and starts a new count', async () => {
    const client = await tenantWith()
    await report(client, 200, 0)
    await useUpProbes(client)
    const denied = await elsewhere(client, (as) => refusal(begin(as, { phone: phoneOf(1) })))
    expect(denied).toMatchObject({
      code: 'destination_denied',
      options: { extra: { rule: 'conversion_guard' } },
    })
    expect(denied.options.retryAfterSeconds).toBeGreaterThan(3500)
    // Starts from before the closing do not count.
    await report(client, 20, 20, Date.now() - 60_000)
    await report(client, 4, 4)
    await report(client, 5, 0)
    expect(await events(client)).toEqual(['policy.guard_tripped'])
    await report(client, 1, 1)
    expect(await events(client)).toEqual(['policy.guard_tripped', 'policy.guard_opened'])
    expect(await tryTo(client, phoneOf(1))).toBe('ok')
    await report(client, 49, 0)
    expect(await tryTo(client, phoneOf(2))).toBe('ok')
    await report(client, 1, 0)
    expect(await tryTo(client, phoneOf(3))).toBe('destination_denied')
  })

  it('stays closed while admitted requesters are not approved, and is judged again after an hour', async () => {
    const client = await tenantWith()
    await report(client, 50, 0)
    for (let i = 0; i < 10; i++) await report(client, 3, 1)
    await useUpProbes(client)
    expect(await tryTo(client, phoneOf(1))).toBe('destination_denied')
    await test.app.db.sql`
      update prefix_conversions set denied_until = now() - interval '1 second', minutes = '{}'
      where tenant_id = ${client.actor.tenantId}`
    expect(await tryTo(client, phoneOf(1))).toBe('ok')
  })
})

describe('the guard', () => {
  it('judges after fifty requesters, by tenant and mode', async () => {
    const client = await tenantWith()
    await report(client, 49, 0)
    await useUpProbes(client)
    expect(await tryTo(client, phoneOf(1))).toBe('ok')
    await report(client, 1, 0)
    expect(await tryTo(client, phoneOf(1))).toBe('destination_denied')
    const live = test.clientContext(client.actor.tenantId, { livemode: true })
    expect(await tryTo(live, phoneOf(1))).toBe('ok')
    expect(await tryTo(await tenantWith(), phoneOf(1))).toBe('ok')
  })

  it('counts all reports of several processes on many ranges at once, and closes each range once', async () => {
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
      select data::json->>'prefix' as range from audit_log
      where tenant_id = ${tenantId} and type = 'policy.guard_tripped'`
    expect(events.map((event) => event.range).sort()).toEqual(ranges)
  })

  it('forgets ends of more than an hour ago', async () => {
    const client = await tenantWith()
    await report(client, 49, 0)
    await test.app.db.sql`
      update prefix_conversions set minutes = (
        select jsonb_object_agg((key::bigint - 61)::text, value) from jsonb_each(minutes))
      where tenant_id = ${client.actor.tenantId}`
    await report(client, 49, 0)
    await useUpProbes(client)
    expect(await tryTo(client, phoneOf(1))).toBe('ok')
  })

  it('leaves a range open if a tenth were approved, or the guard is off', async () => {
    const client = await tenantWith()
    await report(client, 50, 5)
    await useUpProbes(client)
    expect(await tryTo(client, phoneOf(1))).toBe('ok')
    const off = await tenantWith({ conversion_guard: null })
    await report(off, 500, 0)
    await useUpProbes(off)
    expect(await tryTo(off, phoneOf(1))).toBe('ok')
  })
})
