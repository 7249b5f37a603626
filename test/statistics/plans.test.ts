import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { compareDays } from '../../src/overview/days.ts'
import { countOverTime } from '../../src/overview/hours.ts'
import { countRecent } from '../../src/overview/recent.ts'
import { keepStatistics } from '../../src/statistics/keep.ts'
import { GROUPINGS } from '../../src/statistics/schemas.ts'
import { getStatistics, getTotals } from '../../src/statistics/statistics.ts'
import type { GroupFilter } from '../../src/verifications/group-schemas.ts'
import { LOOKED_MAX } from '../../src/verifications/groups.ts'
import { list } from '../../src/verifications/read.ts'
import { ListQuery } from '../../src/verifications/schemas.ts'
import { explainAll, listen } from '../plans/explained.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { waitFor } from '../setup/wait.ts'
import { secondApp } from '../verifications/support.ts'

const heard = listen()
const COUNT = 20_000
const STEP_SECONDS = 40
const DAY_MS = 86_400_000
const PER_HOUR = 3600 / STEP_SECONDS
/** The hours not counted yet, and the parts of hours at the ends of a span. */
const LAST_HOURS = 4 * PER_HOUR

describe.each([
  ['for the parameters at hand', false],
  ['for any parameters', true],
])('planned %s, with a long history', (_, generic) => {
  let test: TestApp
  let told: ReturnType<typeof secondApp>['app']
  let client: ClientContext

  beforeAll(async () => {
    test = await startTestApp()
    const own = await test.newTenant()
    // Without the time limit of the app's own connections.
    const sql = postgres(test.database.url, { max: 1 })
    const id = sql.unsafe(
      `(lpad(to_hex((extract(epoch from now()) * 1000)::bigint - i * ${STEP_SECONDS * 1000}), 12, '0') || '700' || lpad(to_hex(i), 17, '0'))::uuid`,
    )
    const at = sql.unsafe(`now() - i * interval '${STEP_SECONDS} s'`)
    await sql`
      insert into verifications (id, tenant_id, livemode, phone, country, channel, status, checks_left, max_checks, retries,
        attempts, created_at, expires_at, completed_at, audit_seq, audit_head)
      select ${id}, ${own.actor.tenantId}, ${own.actor.livemode}, '+7924' || (1000000 + i), case when i = 15000 then 'NL' else 'RU' end,
        'flash_call', (array['approved', 'expired', 'denied'])[1 + i % 3], 3, 3, 0, 1, ${at}, ${at}, ${at}, 0, ''
      from generate_series(1, ${COUNT}::int) i`
    await sql`
      insert into attempts (id, verification_id, ordinal, round, channel, provider, carrier, status, assumed, looks, created_at,
        placing_at, ended_at)
      select gen_random_uuid(), id, 1, 0, 'flash_call', 'telefon-ip', '{"name": "МТС"}', 'no_answer', false, 0, created_at,
        created_at, created_at from verifications`
    await waitFor(
      async () => {
        await keepStatistics(test.app)
        return (
          (await sql`select from statistics_marks where complete and tenant_id = ${own.actor.tenantId}`)
            .length > 1
        )
      },
      { timeoutMs: 300_000 },
    )
    await sql`analyze`
    await sql.end()
    await explainAll(test.database.url, { generic })
    const second = secondApp(test)
    told = second.app
    client = second.as(own)
  }, 400_000)
  afterAll(async () => {
    await told?.close()
    await test?.stop()
  })

  /** The rows of a table that `work` reads, all its statements together; no large table is scanned in full. */
  async function looksAt(work: () => Promise<unknown>): Promise<Record<string, number>> {
    heard.length = 0
    await work()
    expect(heard.length).toBeGreaterThan(0)
    const looked: Record<string, number> = {}
    for (const { table, type, looked: rows } of heard.flatMap(({ scans }) => scans)) {
      if (table === 'verifications' || table === 'attempts') {
        expect([table, type]).not.toEqual([table, 'Seq Scan'])
        looked[table] = (looked[table] ?? 0) + rows
      }
    }
    return looked
  }

  it.each(GROUPINGS)('statistics by %s read the counts, and the rows of the last hours only', async (by) => {
    const from = new Date(Date.now() - 9 * DAY_MS)
    const now = await looksAt(() => getStatistics(client, { from, group_by: by }))
    expect(now.verifications).toBeLessThan(LAST_HOURS)
    const before = { from: new Date(from.getTime() - 9 * DAY_MS), to: from }
    expect((await looksAt(() => getTotals(client, before))).verifications ?? 0).toBeLessThan(LAST_HOURS)
  })

  it('the overview reads the counts, and the rows of the last hours only', async () => {
    for (const work of [
      () => compareDays(client),
      () => countOverTime(client, 'hours'),
      () => countOverTime(client, 'days'),
    ]) {
      expect((await looksAt(work)).verifications).toBeLessThan(2 * LAST_HOURS)
    }
    expect((await looksAt(() => countRecent(client))).verifications).toBeLessThan(PER_HOUR)
  })

  const page = (groups: GroupFilter, more: Record<string, string> = {}) =>
    list(client, ListQuery.parse({ limit: 20, ...more }), groups)

  it.each<[string, GroupFilter]>([
    ['country', { country: 'RU' }],
    ['prefix', { prefix: '+7924' }],
    ['carrier', { carrier: 'МТС', started: true }],
    ['provider', { provider: 'telefon-ip' }],
    ['channel', { channel: 'flash_call', started: true }],
  ])('a list by a %s that many have reads a page of them', async (_, groups) => {
    const looked = await looksAt(() => page(groups))
    // The newest ten thousand are counted in the index.
    expect(looked.verifications).toBeLessThan(LOOKED_MAX + 100)
    expect(looked.attempts ?? 0).toBeLessThan(200)
  })

  it.each<[string, GroupFilter]>([
    ['country', { country: 'DE' }],
    ['carrier', { carrier: '' }],
    ['provider', { provider: 'new-tel' }],
  ])('a list by a %s that nothing has reads ten thousand at most, and goes on', async (_, groups) => {
    let next: string | null = null
    const looked = await looksAt(async () => {
      next = (await page(groups)).next_cursor
    })
    expect(next).not.toBeNull()
    expect(looked.verifications).toBeLessThan(2 * LOOKED_MAX + 100)
    expect(looked.attempts ?? 0).toBeLessThan(LOOKED_MAX + 100)
    expect((await page(groups, { cursor: next ?? '' })).next_cursor).not.toBeNull()
  })

  it('finds what is older than ten thousand others on a later page', async () => {
    const first = await page({ country: 'NL' })
    expect(first.data).toEqual([])
    const second = await page({ country: 'NL' }, { cursor: first.next_cursor ?? '' })
    expect(second.data.map(({ phone }) => phone)).toEqual(['+79241015000'])
  })

  it('a list by group and hour reads the hour', async () => {
    const from = new Date(Date.now() - 5 * DAY_MS)
    const span = { from: from.toISOString(), to: new Date(from.getTime() + 3_600_000).toISOString() }
    const looked = await looksAt(() => page({ provider: 'new-tel' }, span))
    expect(looked.verifications).toBeLessThan(3 * PER_HOUR)
  })
})
