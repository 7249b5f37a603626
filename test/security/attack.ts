import type { Draft } from '../../src/draft/draft.ts'
import { STRANGE } from '../../src/limits/known.ts'
import { newCounter } from '../../src/limits/phone-counters.ts'
import { isSame } from '../../src/limits/requester.ts'
import type { PolicyInForce } from '../../src/limits/schemas.ts'
import { createSecrets, type Requester } from '../../src/secrets.ts'
import { newId } from '../../src/values/ids.ts'
import { type CheckResult, check, checkPhone } from '../../src/verifications/check.ts'
import { draftOf } from '../verifications/drafts.ts'

const secrets = createSecrets(Buffer.alloc(32, 9))
const tenantId = newId()

export type Checked = Draft<'guesses'>
export type Counter = Checked['guesses']['counter']
type Live = { draft: Checked; codes: string[] }

/** One phone for the decisions alone, on a clock of its own: what a row of `phone_counters` keeps, and no more. */
export class AttackedPhone {
  now = new Date('2026-01-31T12:00:00.000Z')
  counter: Counter = newCounter({ tenantId, livemode: true, phoneKey: Buffer.alloc(16) })
  live: Live[] = []
  #codes = 0

  readonly #policy: PolicyInForce

  constructor(policy: PolicyInForce) {
    this.#policy = policy
  }

  requester = (name: string): Requester | null => (name === '' ? null : secrets.requesters(tenantId, name))

  /** A new verification in the place of the requester's own, or in this one. */
  begin(by: string, lengths: readonly number[], place: number, poolSize: number | null = null): void {
    const year = 365 * 86_400_000
    const draft = draftOf(
      {
        status: 'delivered',
        checksLeft: 10,
        maxChecks: 10,
        requester: this.requester(by)?.[0] ?? null,
        expiresAt: new Date(this.now.getTime() + year),
      },
      this.now,
    )
    const one = { draft: { ...draft, guesses: this.#guesses(this.counter, by) }, codes: [] }
    const own = this.live.findIndex((each) => isSame(this.requester(by), each.draft.verification.requester))
    this.live[own >= 0 ? own : Math.min(place, this.live.length)] = one
    for (const length of lengths) this.ring(one, length, poolSize)
  }

  /** One more code, never the last digits of another and never four nines. */
  ring({ draft, codes }: Live, length: number, poolSize: number | null = null): void {
    this.#codes += 1
    const code = String(this.#codes).padStart(4, '0').padStart(length, '3')
    const codeHash = secrets.hashCode(draft.verification.id, code)
    codes.push(code)
    const codeChance = poolSize && Math.ceil(1_000_000 / poolSize)
    const attempt = { id: String(codes.length), endedAt: null, codeHash, codeLength: length, codeChance }
    draft.attempts.push(attempt as never)
  }

  /** Submits a code for one verification, or for the phone if `place` is null. */
  submit(by: string, digits: string, place: number | null): CheckResult | null {
    const drafts = this.live.flatMap(({ draft }) => [this.#at(draft, this.counter, by)])
    const result = this.#check(drafts, by, digits, place)
    this.counter = throughTheRow(this.counter)
    return result
  }

  /** The same without any effect, `later` seconds from now. */
  trial(by: string, digits: string, place: number | null, later = 0): CheckResult | null {
    const counter = copyOf(this.counter)
    const drafts = this.live.map(({ draft }) => {
      const copy = { ...draft, verification: { ...draft.verification }, events: [] }
      return this.#at({ ...copy, attempts: draft.attempts.map((one) => ({ ...one })) }, counter, by, later)
    })
    return this.#check(drafts, by, digits, place)
  }

  /** The lengths of the codes that a check with so many digits would find right if they were typed. */
  hits(by: string, digits: number, place: number | null): number[] {
    return this.live
      .flatMap(({ codes }) => codes)
      .filter(
        (code) =>
          code.length <= digits && this.trial(by, code.padStart(digits, '7'), place)?.kind === 'right',
      )
      .map(({ length }) => length)
  }

  #at(draft: Checked, counter: Counter, by: string, later = 0): Checked {
    const now = new Date(this.now.getTime() + later * 1000)
    return { ...draft, now, guesses: this.#guesses(counter, by) }
  }

  #guesses = (counter: Counter, by: string) => ({
    policy: this.#policy,
    counter,
    familiar: by === 'owner' ? { requester: true, phone: true } : STRANGE,
    standing: null,
  })

  #check(drafts: readonly Checked[], by: string, digits: string, place: number | null) {
    const submitted = { digits, requester: this.requester(by), secrets }
    if (place === null) return checkPhone(drafts, submitted)
    const draft = drafts[place]
    return draft ? check(draft, submitted) : null
  }
}

const copyOf = (counter: Counter): Counter => ({
  ...counter,
  earlier: { ...counter.earlier },
  approved: [],
})

/** What the next transaction reads of what this one wrote. */
export function throughTheRow(counter: Counter): Counter {
  const { wrongGuesses, namedGuesses } = JSON.parse(JSON.stringify(counter))
  return {
    ...copyOf(counter),
    wrongGuesses: wrongGuesses.map((at: string) => new Date(at)),
    namedGuesses,
    changed: false,
  }
}
