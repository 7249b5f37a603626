import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isGuessable } from '../../src/limits/chance.ts'
import { isSame, shortName } from '../../src/limits/requester.ts'
import { completePolicy } from '../../src/limits/schemas.ts'
import { isActive } from '../../src/values/statuses.ts'
import { AttackedPhone } from './attack.ts'

/** Ten-millionths, the chance of seven digits: 9·10⁻⁴ of them are 9000. */
const DAY_MAX = 9000
const chanceOf = (length: number) => 10 ** (7 - length)
/** The same, as counted: no code is counted below one in a million. */
const countedOf = (length: number) => Math.max(10, chanceOf(length))
const CHECKS_MAX = 30
const KEPT = 3
const DAY_MS = 86_400_000
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)

/** A wrong check: the chance it had, and what the day has left for others. */
type Spent = { at: number; by: string; chance: number; counted: number }

const policy = {
  policy: completePolicy({}),
  set: new Set<string>(),
  guarded: new Map<string, Date>(),
  hasStandings: false,
}

const length = fc.integer({ min: 4, max: 7 })
const by = fc.constantFrom('', 'owner', 'first', 'second', 'third', 'fourth')
const place = fc.nat(2)
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('begin'),
      by,
      place,
      lengths: fc.array(length, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retry'), place, length }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('guess'),
      by,
      place: fc.option(place),
      length,
      times: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('approve'), by, place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('old'), by, place, length }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rotate') }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait'), seconds: fc.constantFrom(1, 3600, 40_000, 86_399) }),
  },
) as fc.Arbitrary<Step>

type Step =
  | { kind: 'begin'; by: string; place: number; lengths: number[] }
  | { kind: 'retry'; place: number; length: number }
  | { kind: 'guess'; by: string; place: number | null; length: number; times: number }
  | { kind: 'approve'; by: string; place: number }
  | { kind: 'old'; by: string; place: number; length: number }
  | { kind: 'rotate' }
  | { kind: 'wait'; seconds: number }

class Day {
  readonly phone = new AttackedPhone(policy)
  readonly spent: Spent[] = []

  run(step: Step): void {
    const { phone } = this
    if (step.kind === 'wait') phone.now = new Date(phone.now.getTime() + step.seconds * 1000)
    if (step.kind === 'begin') phone.begin(step.by, step.lengths, step.place)
    if (step.kind === 'rotate') this.rotate()
    if (step.kind === 'old') this.guessByOldProcess(step)
    if (step.kind === 'guess') for (let i = 0; i < step.times; i++) this.guess(step)
    const one = 'place' in step && step.place !== null ? phone.live[step.place] : undefined
    if (step.kind === 'retry' && one) phone.ring(one, step.length)
    if (step.kind === 'approve' && one) phone.submit(step.by, one.codes[0] ?? '', step.place)
    this.check()
  }

  guess({ by, place, length }: Extract<Step, { kind: 'guess' }>): void {
    const { phone } = this
    const hits = phone.hits(by, length, place)
    const result = phone.submit(by, '9'.repeat(length), place)
    if (result?.kind === 'no_guesses') {
      expect(hits, 'a right code is refused like a wrong one').toEqual([])
      this.checkRefusal(by, place, length, result.breach.retryAfterSeconds)
    }
    if (result?.kind !== 'wrong' && result?.kind !== 'exhausted') return
    this.spend(by, hits, sum(hits.map(countedOf)))
  }

  /** Every refusal is due to a limit, and ends when it says. */
  checkRefusal(by: string, place: number | null, length: number, retryAfterSeconds: number): void {
    const { phone } = this
    const typed = '9'.repeat(length)
    const wanted = this.wanted(by, place, length)
    const recent = this.recent()
    const all = sum(recent.map(({ counted }) => counted))
    const own = sum(recent.filter((one) => one.by === by).map(({ counted }) => counted))
    const kept = by === '' || by === 'owner' ? 0 : KEPT
    const breaks =
      all + wanted > DAY_MAX - kept * 1000 ||
      recent.length + 1 > CHECKS_MAX - kept ||
      (by !== '' && own + Math.min(wanted, 1000) > 3000)
    expect(breaks, 'a check is refused only if it would break a limit').toBe(true)
    const kindIn = (seconds: number) => phone.trial(by, typed, place, seconds)?.kind
    if (retryAfterSeconds > 1) expect(kindIn(retryAfterSeconds - 1)).toBe('no_guesses')
    if (wanted <= DAY_MAX - kept * 1000) expect(kindIn(retryAfterSeconds)).not.toBe('no_guesses')
  }

  /**
   * What a check must at least be compared with: the codes of the one verification, or of the requester's own
   * one, or of the newest, here the one with the most chance.
   */
  wanted(by: string, place: number | null, length: number): number {
    const { live, requester } = this.phone
    const chances = live.map(({ draft, codes }) => {
      if (!isActive(draft.verification.status)) return 0
      return sum(codes.filter((code) => code.length <= length).map((code) => countedOf(code.length)))
    })
    if (place !== null) return chances[place] ?? 0
    const own = live.findIndex(({ draft }) => isSame(requester(by), draft.verification.requester))
    return chances[own] || Math.max(...chances)
  }

  /** As the version before counted: each code one guess, at most nine, whoever guesses and however long. */
  guessByOldProcess({ by, place, length }: Extract<Step, { kind: 'old' }>): void {
    const { counter, live, now } = this.phone
    const codes = live[place]?.codes ?? []
    const since = now.getTime() - DAY_MS
    const recent = [...counter.earlier.wrongGuesses, ...counter.wrongGuesses].filter(
      (at) => at.getTime() > since,
    )
    if (codes.length === 0 || recent.length + codes.length > 9) return
    const name = this.phone.requester(by)?.[0]
    counter.wrongGuesses = [
      ...counter.wrongGuesses.filter((at) => at.getTime() > since),
      ...codes.map(() => now),
    ]
    const named = name ? codes.map(() => ({ by: shortName(name), at: now.getTime() })) : []
    counter.namedGuesses = [...counter.namedGuesses.filter(({ at }) => at > since), ...named]
    const hits = codes.map((code) => code.length).filter((one) => one <= length)
    for (const i of codes.keys()) this.spend(by, i === 0 ? hits : [], 1000)
  }

  /** What was counted under the former SECRET_KEY still counts. */
  rotate(): void {
    const { counter } = this.phone
    if (counter.earlier.wrongGuesses.length > 0) return
    const { wrongGuesses, namedGuesses } = counter
    Object.assign(counter, {
      wrongGuesses: [],
      namedGuesses: [],
      earlier: { ...counter.earlier, wrongGuesses, namedGuesses },
    })
  }

  spend(by: string, hits: readonly number[], counted: number): void {
    this.spent.push({ at: this.phone.now.getTime(), by, chance: sum(hits.map(chanceOf)), counted })
  }

  recent = () => this.spent.filter(({ at }) => at > this.phone.now.getTime() - DAY_MS)

  check(): void {
    const recent = this.recent()
    expect(sum(recent.map(({ chance }) => chance)), 'the chance of any 24 hours').toBeLessThanOrEqual(DAY_MAX)
    expect(recent.length, 'wrong checks of any 24 hours').toBeLessThanOrEqual(CHECKS_MAX)
    const { wrongGuesses, namedGuesses } = this.phone.counter
    expect(wrongGuesses.length).toBeLessThanOrEqual(CHECKS_MAX + 9)
    expect(namedGuesses.length).toBeLessThanOrEqual(CHECKS_MAX + 9)
  }
}

describe('the chance to guess a code of one phone', () => {
  it('stays within 9·10⁻⁴ and thirty checks in any 24 hours, whatever is started, checked and typed by whom', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
        const day = new Day()
        for (const one of steps) day.run(one)
      }),
      { numRuns: 150 },
    )
  }, 120_000)
})

describe('the chance to guess a code of a pool', () => {
  it('stays within 9·10⁻⁴ a day for every pool that a policy accepts, and the guesses that it allows pass', () => {
    const pool = fc
      .record({ guesses: fc.integer({ min: 1, max: 9 }), size: fc.integer({ min: 1, max: 20_000 }) })
      .map(({ guesses, size }) => ({ guesses, size, accepted: !isGuessable(size, policyOf(guesses).policy) }))
    fc.assert(
      fc.property(
        pool,
        fc.array(by, { minLength: 12, maxLength: 20 }),
        ({ guesses, size, accepted }, all) => {
          expect(accepted).toBe(guesses / size <= 9e-4)
          const phone = new AttackedPhone(policyOf(guesses))
          phone.begin('', [4], 0, size)
          const results = all.map((name) => phone.submit(name, '9999', 0)?.kind)
          const compared = results.filter((kind) => kind === 'wrong' || kind === 'exhausted').length
          expect(compared / size).toBeLessThanOrEqual(9e-4)
          if (accepted) expect(compared).toBeGreaterThan(0)
          const unnamed = new AttackedPhone(policyOf(guesses))
          unnamed.begin('', [4], 0, size)
          const passed = all.filter(() => unnamed.submit('', '9999', 0)?.kind === 'wrong').length
          // A guess counts in millionths, rounded up: at the very edge, that costs one.
          const bearable = Math.floor(900 / Math.ceil(1_000_000 / size))
          if (accepted && size <= 10_000) expect(passed).toBe(Math.min(guesses, bearable))
          if (accepted) expect(Math.min(guesses, bearable)).toBeGreaterThanOrEqual(guesses - 1)
        },
      ),
      {
        numRuns: 300,
        examples: [[{ guesses: 8, size: 8889, accepted: true }, Array(13).fill('')]],
      },
    )
  })
})

function policyOf(guesses: number) {
  return { ...policy, policy: completePolicy({ wrong_guesses_per_phone_day: guesses }) }
}
