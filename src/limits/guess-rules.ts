import type { PhoneCounter } from '../draft/rows.ts'
import type { Requester } from '../secrets.ts'
import { allowance, inGuesses, ONE_GUESS } from './chance.ts'
import type { Familiar } from './known.ts'
import { WINDOW_SECONDS } from './phone-counters.ts'
import { shareOfStrangers } from './phone-rules.ts'
import type { Policy, Rule } from './schemas.ts'
import { secondsUntilFreed } from './windows.ts'
import { checksOf, recentChecks, type WrongCheck } from './wrong-checks.ts'

/**
 * Wrong checks of a phone in any 24 hours, however long the codes; `wrong_guesses_per_phone_day` if the
 * tenant set more.
 */
export const WRONG_CHECKS_MAX = 30

/** The requester who submits a code for the phone of the counter. */
export type Guesser = {
  requester: Requester | null
  familiar: Familiar
  counter: PhoneCounter
  now: Date
}

/** `counter`, `threshold`: four-digit guesses; for a limit on checks, checks. */
export type GuessBreach = {
  rule: Rule | 'wrong_checks_per_phone_day'
  counter: number
  threshold: number
  retryAfterSeconds: number
}

/**
 * Whether a check may be compared whose chance to hit a code is `wanted` millionths. `largest`: the chance of the
 * code that is easiest to guess. `denied`: of several enforced limits, the one that lasts longest.
 */
export function judgeGuesses(
  policy: Policy,
  guesser: Guesser,
  wanted: number,
  largest = ONE_GUESS,
): { denied: GuessBreach | null; observed: GuessBreach[] } {
  const breaches = [
    ...ofThePhone(policy, guesser, wanted, largest),
    ...ofTheRequester(policy, guesser, wanted),
  ]
  const isObserved = ({ rule }: GuessBreach) =>
    policy.observe.includes(rule === 'wrong_checks_per_phone_day' ? 'wrong_guesses_per_phone_day' : rule)
  const [denied = null] = breaches
    .filter((breach) => !isObserved(breach))
    .sort((a, b) => b.retryAfterSeconds - a.retryAfterSeconds)
  return { denied, observed: breaches.filter(isObserved) }
}

function ofThePhone(policy: Policy, guesser: Guesser, wanted: number, largest: number): GuessBreach[] {
  const { requester, familiar, counter, now } = guesser
  const { wrong_guesses_per_phone_day: bound, guesses_kept_for_known: kept } = policy
  if (bound === null) return []
  const recent = recentChecks(counter, now)
  const checksMax = Math.max(WRONG_CHECKS_MAX, bound)
  // An observed limit reserves no share either.
  const appliesShare =
    requester && !familiar.requester && !policy.observe.includes('wrong_guesses_per_phone_day')
  return [
    ...ofChance('wrong_guesses_per_phone_day', recent, bound, wanted, now, largest),
    ...ofChecks('wrong_checks_per_phone_day', recent, checksMax, now),
    ...(appliesShare
      ? [
          ...ofChance('guesses_kept_for_known', recent, shareOfStrangers(bound, kept), wanted, now, largest),
          ...ofChecks('guesses_kept_for_known', recent, shareOfStrangers(checksMax, kept), now),
        ]
      : []),
  ]
}

/**
 * Counts the check as one four-digit guess at most, so that the first one always passes: after a retry, a
 * check may be compared with several codes.
 */
function ofTheRequester(policy: Policy, { requester, counter, now }: Guesser, wanted: number): GuessBreach[] {
  const bound = policy.wrong_guesses_per_requester_day
  if (bound === null || !requester) return []
  const own = checksOf(counter, requester, now)
  return ofChance('wrong_guesses_per_requester_day', own, bound, Math.min(wanted, ONE_GUESS), now)
}

function ofChance(
  rule: GuessBreach['rule'],
  recent: readonly WrongCheck[],
  threshold: number,
  wanted: number,
  now: Date,
  largest = ONE_GUESS,
): GuessBreach[] {
  const sizes = recent.map(({ at, millionths }) => ({ at, size: millionths }))
  const spent = sizes.reduce((sum, { size }) => sum + size, 0)
  const excess = spent + wanted - allowance(threshold, largest)
  if (excess <= 0) return []
  const retryAfterSeconds = secondsUntilFreed(sizes, excess, WINDOW_SECONDS, now)
  return [{ rule, counter: inGuesses(spent), threshold, retryAfterSeconds }]
}

function ofChecks(
  rule: GuessBreach['rule'],
  recent: readonly WrongCheck[],
  threshold: number,
  now: Date,
): GuessBreach[] {
  const excess = recent.length + 1 - threshold
  if (excess <= 0) return []
  const sizes = recent.map(({ at }) => ({ at, size: 1 }))
  const retryAfterSeconds = secondsUntilFreed(sizes, excess, WINDOW_SECONDS, now)
  return [{ rule, counter: recent.length, threshold, retryAfterSeconds }]
}
