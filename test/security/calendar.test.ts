import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PhoneCounter } from '../../src/draft/rows.ts'
import { judgeAndCount } from '../../src/limits/judge.ts'
import { STRANGE } from '../../src/limits/known.ts'
import { newCounter } from '../../src/limits/phone-counters.ts'
import { completePolicy } from '../../src/limits/schemas.ts'
import type { StartClaim } from '../../src/limits/start-claim.ts'
import { addStart, countOf, lockStarts } from '../../src/limits/start-counters.ts'
import { recentChecks } from '../../src/limits/wrong-checks.ts'
import { createSecrets } from '../../src/secrets.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'

const secrets = createSecrets(Buffer.alloc(32, 3))
const claim: StartClaim = {
  tenantId: '01890000-0000-7000-8000-000000000000',
  livemode: true,
  phone: { e164: '+79243555100', type: 'mobile', range: '+7924355' },
  channel: 'flash_call',
  clientIp: null,
  requester: null,
}

/** A moment before and one after each boundary. */
const BOUNDARIES = [
  ['midnight', '2026-01-14T23:59:59.500Z', '2026-01-15T00:00:00.500Z'],
  ['the end of a month', '2026-01-31T23:59:59.500Z', '2026-02-01T00:00:00.500Z'],
  ['the end of February', '2026-02-28T23:59:59.500Z', '2026-03-01T00:00:00.500Z'],
  ['the end of February of a leap year', '2028-02-29T23:59:59.500Z', '2028-03-01T00:00:00.500Z'],
  ['the end of a year', '2026-12-31T23:59:59.500Z', '2027-01-01T00:00:00.500Z'],
  ['the hour that Berlin skips', '2026-03-29T00:59:59.500Z', '2026-03-29T01:00:00.500Z'],
  ['the hour that Berlin repeats', '2026-10-25T00:59:59.500Z', '2026-10-25T01:00:00.500Z'],
] as const

const later = (at: string, seconds: number) => new Date(Date.parse(at) + seconds * 1000).toISOString()

function newPhoneCounter(): PhoneCounter {
  const { tenantId, livemode } = claim
  return newCounter({ tenantId, livemode, phoneKey: Buffer.alloc(16) })
}

const ALONE = { count: 0, freeInSeconds: 0 }

/** Judges and counts starts of one phone at given times: the decision reads no clock. */
function counting(changes: Record<string, unknown>) {
  const none = {
    starts_per_phone_10m: null,
    starts_per_phone_hour: null,
    starts_per_phone_day: null,
    phone_pause_seconds: null,
  }
  const fields = { ...none, ...changes }
  const policy = {
    policy: completePolicy(fields),
    set: new Set(Object.keys(fields)),
    guarded: new Map(),
    hasStandings: false,
  }
  const counter = newPhoneCounter()
  const guesses = { policy, counter, familiar: STRANGE, standing: null }
  return (at: string) => {
    const starts = { range: { minutes: {}, earlier: [], changed: false }, networks: [] }
    const { denied } = judgeAndCount({ now: new Date(at), guesses, starts }, claim, null, ALONE)
    return denied?.rule ?? 'ok'
  }
}

describe.each(BOUNDARIES)('over %s', (name, before, after) => {
  let test: TestApp
  beforeAll(async () => {
    test = await startTestApp()
  })
  afterAll(() => test.stop())

  it.each([
    ['starts_per_phone_10m', 600],
    ['starts_per_phone_hour', 3600],
    ['starts_per_phone_day', 86_400],
  ] as const)('%s starts no new window', (rule, seconds) => {
    const startAt = counting({ [rule]: 2 })
    expect([startAt(before), startAt(before), startAt(after)]).toEqual(['ok', 'ok', rule])
    expect(startAt(later(before, seconds - 1))).toBe(rule)
    expect(startAt(later(before, seconds + 1))).toBe('ok')
  })

  it('the pause continues', () => {
    const rule = 'phone_pause_seconds'
    const startAt = counting({ [rule]: 30 })
    expect([startAt(before), startAt(after), startAt(later(before, 29))]).toEqual(['ok', rule, rule])
    expect(startAt(later(before, 31))).toBe('ok')
  })

  it('counts of addresses and ranges continue', async () => {
    const ofRange = { ...claim, phone: { ...claim.phone, range: name } }
    /** Starts in the hour before this one. */
    const startAt = (at: string) =>
      test.app.db.sql.begin(async (tx) => {
        const { starts, save } = await lockStarts(tx, secrets, [ofRange])
        const [counter] = starts.map(({ range }) => range)
        if (!counter) return null
        const count = countOf(counter, new Date(at))
        addStart(counter, new Date(at))
        await Promise.all(save())
        return count
      })
    expect([await startAt(before), await startAt(after)]).toEqual([0, 1])
    expect(await startAt(later(before, 3599))).toBe(2)
    expect(await startAt(later(after, 3660))).toBe(1)
  })

  it('a day of wrong guesses is 24 hours', () => {
    const counter = { ...newPhoneCounter(), wrongGuesses: Array<Date>(9).fill(new Date(before)) }
    const guessesAt = (at: string) => recentChecks(counter, new Date(at)).length
    expect([after, later(before, 86_399), later(before, 86_401)].map(guessesAt)).toEqual([9, 9, 0])
  })
})

it('a clock that goes back forgives nothing', () => {
  const startAt = counting({ starts_per_phone_hour: 2 })
  const at = '2026-01-15T12:00:00.000Z'
  const rule = 'starts_per_phone_hour'
  expect([startAt(at), startAt(at), startAt(later(at, -90)), startAt(at)]).toEqual(['ok', 'ok', rule, rule])
})
