import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { eraseRows } from '../../src/erasure/erase-rows.ts'
import { keepStatistics } from '../../src/statistics/keep.ts'
import { type Grouping, readCounts } from '../../src/statistics/read.ts'
import { quantile } from '../../src/statistics/times.ts'
import { FEEDBACK } from '../../src/values/feedback.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { type Call, expected, idAt, type Known, store, storeDoor } from './model.ts'

const RUNS = Number(process.env.STATISTICS_RUNS ?? 25)
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const HOURS = 7
const GROUPINGS: Grouping[] = ['hour', 'day', 'total', 'country', 'prefix', 'carrier', 'provider', 'channel']
/** What is erased with a phone. */
const OF_PHONE: Grouping[] = ['country', 'prefix', 'carrier']
const CHANNELS = ['flash_call', 'sms']

let own: TestApp
beforeAll(async () => {
  own = await startTestApp()
})
afterAll(() => own.stop())

const call: fc.Arbitrary<Call> = fc.record({
  provider: fc.constantFrom('new-tel', 'telefon-ip', null),
  channel: fc.constantFrom(...CHANNELS),
  carrier: fc.constantFrom('МТС', 'Tele2', null),
  cost: fc.constantFrom(null, 150_000, 1_250_000),
  currency: fc.constantFrom('RUB', 'USD'),
  price: fc.constantFrom(null, 350_000),
  captured: fc.boolean(),
})

const verification = fc.record({
  minutesAgo: fc.integer({ min: 0, max: HOURS * 60 }),
  status: fc.constantFrom('approved', 'failed', 'expired', 'denied', 'cancelled'),
  place: fc.constantFrom(['+7924', 'RU'], ['+7701', 'KZ'], ['+1212', 'US'], ['+7924', '']),
  channel: fc.constantFrom(...CHANNELS),
  deliveredMs: fc.option(fc.integer({ min: 1, max: 60_000 })),
  endedMs: fc.integer({ min: 60_000, max: 900_000 }),
  calls: fc.array(call, { maxLength: 3 }),
  feedback: fc.subarray([...FEEDBACK], { maxLength: 2 }),
  isAtDoor: fc.boolean(),
})

/** What happens besides starts; `which` picks a verification. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('start' as const), one: verification }),
  fc.record({ kind: fc.constant('count' as const), hoursAgo: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant('erase' as const), which: fc.nat() }),
  fc.record({ kind: fc.constant('cost' as const), which: fc.nat() }),
  fc.record({
    kind: fc.constant('feedback' as const),
    which: fc.nat(),
    reason: fc.constantFrom(...FEEDBACK),
  }),
  fc.record({ kind: fc.constant('late' as const), one: verification }),
)

const span = fc.tuple(fc.integer({ min: 0, max: HOURS * 60 }), fc.integer({ min: 0, max: HOURS * 60 }))

test('the statistics are a count over the verifications, whatever was counted before what happened', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(verification, { minLength: 5, maxLength: 25 }),
      fc.array(step, { maxLength: 25 }),
      fc.array(span, { minLength: 2, maxLength: 3 }),
      async (first, steps, spans) => {
        const tenant = await own.newTenant()
        const other = await own.newTenant()
        const all: Known[] = []
        const erased = new Set<string>()
        const now = Date.now()
        for (const one of first) await begin(tenant, all, one, now)
        await begin(other, [], first[0] as (typeof first)[0], now)
        for (const each of steps) await take(tenant, all, erased, each, now)
        const news = await own.app.db.sql`select from statistics_news limit 1`
        if (news.length === 0) await compare(tenant, all, spans, now)
        await keepStatistics(own.app)
        await compare(tenant, all, spans, now)
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  )
}, 600_000)

type Input = typeof verification extends fc.Arbitrary<infer T> ? T : never
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const doors = new Map<string, Promise<string>>()
function doorOf(tenant: ClientContext): Promise<string> {
  const { tenantId } = tenant.actor
  const door = doors.get(tenantId) ?? storeDoor(tenant)
  doors.set(tenantId, door)
  return door
}

async function begin(tenant: ClientContext, all: Known[], one: Input, now: number): Promise<void> {
  const { minutesAgo, place, calls, isAtDoor, ...rest } = one
  const at = new Date(now - minutesAgo * MINUTE_MS - 1)
  const phone = `${place[0]}${String(1_000_000 + all.length * 3)}`
  const isDenied = one.status === 'denied'
  const known: Known = {
    ...rest,
    id: idAt(at),
    at,
    phone,
    country: place[1] ?? '',
    door: isAtDoor ? await doorOf(tenant) : null,
    deliveredMs: isDenied ? null : one.deliveredMs,
    calls: isDenied ? [] : calls.map((each) => ({ ...each })),
  }
  all.push(known)
  await store(tenant, known)
}

async function take(
  tenant: ClientContext,
  all: Known[],
  erased: Set<string>,
  each: Step,
  now: number,
): Promise<void> {
  const { db, secrets, actor } = tenant
  // Nothing starts in an hour that may be counted.
  if (each.kind === 'start')
    return begin(tenant, all, { ...each.one, minutesAgo: each.one.minutesAgo % 20 }, now)
  if (each.kind === 'count') return keepStatistics(own.app, new Date(now - each.hoursAgo * HOUR_MS))
  if (each.kind === 'late') {
    // A start whose end is told only once its hour may have been counted.
    const before = { ...each.one, minutesAgo: each.one.minutesAgo + 30, status: 'expired' as const }
    await begin(tenant, all, before, now)
    await keepStatistics(own.app)
    const last = all.at(-1) as Known
    last.deliveredMs = 7000
    await db.sql`
      update verifications set delivered_at = ${new Date(last.at.getTime() + 7000)} where id = ${last.id}`
    return
  }
  const one = all[each.which % all.length] as Known
  if (each.kind === 'erase') {
    if (erased.has(one.id)) return
    erased.add(one.id)
    await db.sql.begin((tx) => eraseRows(tx, secrets, [{ ...one, ...actor }]))
    return
  }
  // Statistics of an erased verification are final.
  if (erased.has(one.id)) return
  if (each.kind === 'feedback') {
    if (one.feedback.includes(each.reason)) return
    one.feedback = [...one.feedback, each.reason]
    await db.sql`update verifications set feedback = ${one.feedback} where id = ${one.id}`
    return
  }
  const [last] = one.calls
  if (!last) return
  last.cost = (last.cost ?? 0) + 10_000
  last.currency = 'RUB'
  await db.sql`
    update attempts set cost_micros = ${last.cost}, cost_currency = 'RUB' where verification_id = ${one.id} and ordinal = 1`
}

async function compare(
  tenant: ClientContext,
  all: readonly Known[],
  spans: readonly (readonly [number, number])[],
  now: number,
): Promise<void> {
  for (const [a, b] of spans) {
    const [from, to] = [
      new Date(now - Math.max(a, b) * MINUTE_MS),
      new Date(now - Math.min(a, b) * MINUTE_MS),
    ]
    for (const groupBy of GROUPINGS) {
      // Part of an hour does not know what was erased.
      const whole = (time: Date) => new Date(Math.floor(time.getTime() / HOUR_MS) * HOUR_MS)
      const [start, end] = OF_PHONE.includes(groupBy) ? [whole(from), whole(to)] : [from, to]
      const wanted = expected(all, groupBy, start, end)
      const found = await readCounts(tenant, { groupBy, from: start, to: end })
      const plain = [...found].map(([key, counts]) => [
        key,
        Object.fromEntries(
          [...counts]
            .filter(([name, n]) => n !== 0n && !/^(deliver|approve) /.test(name))
            .map(([name, n]) => [name, Number(n)]),
        ),
      ])
      expect(
        Object.fromEntries(plain.filter(([, counts]) => Object.keys(counts as object).length > 0)),
      ).toEqual(Object.fromEntries([...wanted].map(([key, { counts }]) => [key, Object.fromEntries(counts)])))
      for (const [key, { deliver, approve }] of wanted) {
        expectClose(found.get(key), 'deliver ', deliver)
        expectClose(found.get(key), 'approve ', approve)
      }
    }
  }
}

function expectClose(
  counts: ReadonlyMap<string, bigint> | undefined,
  prefix: string,
  seconds: number[],
): void {
  const own = [...(counts ?? [])].filter(([name]) => name.startsWith(prefix))
  const histogram = new Map(own.map(([name, n]) => [Number(name.slice(prefix.length)), Number(n)]))
  const sorted = seconds.toSorted((a, b) => a - b)
  for (const share of [0.5, 0.95]) {
    const exact = sorted[Math.ceil(share * sorted.length) - 1]
    const found = quantile(histogram, share)
    if (exact === undefined) expect(found).toBe(null)
    else expect(Math.abs((found ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.0101)
  }
}
