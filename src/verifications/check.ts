import { type Draft, record } from '../draft/draft.ts'
import { inGuesses } from '../limits/chance.ts'
import { type GuessBreach, judgeGuesses } from '../limits/guess-rules.ts'
import { STRANGE } from '../limits/known.ts'
import { WINDOW_SECONDS } from '../limits/phone-counters.ts'
import { isSame } from '../limits/requester.ts'
import { addWrongCheck } from '../limits/wrong-checks.ts'
import type { Requester, Secrets } from '../secrets.ts'
import type { VerificationStatus } from '../values/statuses.ts'
import { isCheckedByClient } from './client-code.ts'
import { chanceOfAny, comparable, expectsCode, type LiveCode, liveCodes, rightCode } from './code.ts'
import { presentVerification } from './present.ts'
import type { VerificationView } from './schemas.ts'
import { approve, expire, isFinal, isOverdue, lockOut } from './state.ts'

export type CheckResult =
  | { kind: 'right'; verification: VerificationView }
  | { kind: 'wrong'; checksLeft: number }
  | { kind: 'exhausted' }
  | { kind: 'expired' }
  | { kind: 'final'; status: VerificationStatus }
  /** `expected`: one will exist soon. */
  | { kind: 'no_code'; expected: boolean }
  | { kind: 'too_short'; digits: number }
  | { kind: 'no_guesses'; breach: GuessBreach }

/** A submitted code and its requester. */
export type Check = {
  digits: string
  requester: Requester | null
  secrets: Secrets
}

/** Counts and compares one check of a verification. The caller's lock serializes racing checks. */
export function check(draft: Draft<'guesses'>, submitted: Check): CheckResult {
  const { verification } = draft
  if (isOverdue(draft)) expire(draft)
  if (verification.status === 'expired') return { kind: 'expired' }
  if (isFinal(verification.status)) return { kind: 'final', status: verification.status }
  if (isCheckedByClient(verification)) return { kind: 'no_code', expected: false }
  // A client that knows the id but names no requester acts for the requester of the start.
  return compare([draft], submitted, {
    isCharged: true,
    approvesAs: submitted.requester?.[0] ?? verification.requester,
  })
}

/**
 * One check against all live verifications of a phone: the requester's own first, then the others, newest
 * first. The requester's own verification pays for the check, or else the newest. Null if none is live.
 */
export function checkPhone(drafts: readonly Draft<'guesses'>[], submitted: Check): CheckResult | null {
  for (const draft of drafts) if (isOverdue(draft)) expire(draft)
  const live = drafts
    .filter(({ verification }) => !isFinal(verification.status))
    .sort((a, b) => (a.verification.id < b.verification.id ? 1 : -1))
  const ours = live.filter(({ verification }) => !isCheckedByClient(verification))
  if (live.length > 0 && ours.length === 0) return { kind: 'no_code', expected: false }
  const own = ours.find(({ verification }) => isSame(submitted.requester, verification.requester))
  const payer = own ?? ours[0]
  if (!payer) return null
  // Knowing a phone is not knowing an id: a stranger must not use up the checks of another, named requester.
  const isStrangers = !own && submitted.requester !== null && payer.verification.requester !== null
  const others = ours.filter((draft) => draft !== payer)
  return compare([payer, ...others], submitted, {
    isCharged: !isStrangers,
    approvesAs: submitted.requester?.[0] ?? null,
  })
}

/**
 * `candidates`: the first one pays for the check. `isCharged`: a wrong code costs it a check, besides the
 * phone's guesses. `approvesAs`: the requester that becomes known for the phone if the code is right.
 */
function compare(
  candidates: readonly [Draft<'guesses'>, ...Draft<'guesses'>[]],
  submitted: Check,
  { isCharged, approvesAs }: { isCharged: boolean; approvesAs: Buffer | null },
): CheckResult {
  const [payer] = candidates
  const { digits, requester, secrets } = submitted
  const { now, guesses: phone } = payer
  const { counter, familiar } = phone
  const { policy } = phone.policy
  const all = candidates.map((draft) => ({ draft, codes: liveCodes(draft) }))
  const lengths = all.flatMap(({ codes }) => codes.map(({ length }) => length))
  if (lengths.length === 0) return { kind: 'no_code', expected: candidates.some(expectsCode) }
  const [first, ...rest] = all
    .map(({ draft, codes }) => ({ draft, codes: comparable(codes, digits) }))
    .filter(({ codes }) => codes.length > 0)
  if (!first) return { kind: 'too_short', digits: Math.min(...lengths) }

  const guesser = { requester, familiar, counter, now }
  let chance = chanceOfAny(first.codes)
  let judgement = judgeGuesses(policy, guesser, chance, largestOf(first.codes))
  if (judgement.denied) return { kind: 'no_guesses', breach: judgement.denied }
  // Comparing strangers' codes as well spends strangers' guesses, not those reserved for known requesters.
  const isOwn = isSame(requester, first.draft.verification.requester)
  const beside = isOwn ? { ...guesser, familiar: STRANGE } : guesser
  const compared = [first]
  for (const candidate of rest) {
    const widerChance = chance + chanceOfAny(candidate.codes)
    const codes = [...compared, candidate].flatMap((each) => each.codes)
    const wider = judgeGuesses(policy, beside, widerChance, largestOf(codes))
    if (wider.denied) continue
    judgement = wider
    chance = widerChance
    compared.push(candidate)
  }
  const observed = observedFacts(judgement.observed)

  const rights = compared.map(({ draft, codes }) => rightCode(draft, digits, codes, secrets))
  const right = compared[rights.findIndex((code) => code !== null)]?.draft
  const code = rights.find((one) => one !== null)
  if (right && code) {
    record(right, 'check.right', observed)
    if (approvesAs) counter.approved.push(approvesAs)
    approve(right, code.attemptId)
    return { kind: 'right', verification: presentVerification(right.verification, right.attempts) }
  }
  addWrongCheck(counter, requester, chance, now)
  return countWrong(payer, isCharged, { guesses: inGuesses(chance), ...observed })
}

const largestOf = (codes: readonly LiveCode[]) => Math.max(...codes.map(({ chance }) => chance))

/** Records a wrong check. Unless `isCharged`, it costs guesses only. */
function countWrong(payer: Draft, isCharged: boolean, facts: Record<string, unknown>): CheckResult {
  const { verification } = payer
  if (isCharged) verification.checksLeft -= 1
  const by = isCharged ? {} : { other_requester: true }
  record(payer, 'check.wrong', { checks_left: verification.checksLeft, ...facts, ...by })
  if (verification.checksLeft > 0) return { kind: 'wrong', checksLeft: verification.checksLeft }
  lockOut(payer)
  return { kind: 'exhausted' }
}

function observedFacts(breaches: readonly GuessBreach[]): Record<string, unknown> {
  if (breaches.length === 0) return {}
  return {
    observed: breaches.map(({ rule, counter, threshold }) => {
      return { rule, counter, threshold, window_seconds: WINDOW_SECONDS }
    }),
  }
}
