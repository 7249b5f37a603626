import type { PhoneCounter } from '../draft/rows.ts'
import type { Requester } from '../secrets.ts'
import type { Familiar } from './known.ts'
import { guessesOf, recentGuesses, WINDOW_SECONDS } from './phone-counters.ts'
import { shareOfStrangers } from './phone-rules.ts'
import type { Policy, Rule } from './schemas.ts'
import { secondsUntilRoom } from './windows.ts'

/** The requester who submits a code for the phone of the counter. */
export type Guesser = {
  requester: Requester | null
  familiar: Familiar
  counter: PhoneCounter
  now: Date
}

export type GuessBreach = { rule: Rule; counter: number; threshold: number; retryAfterSeconds: number }

/** Whether `wanted` more codes may be compared; each wrong one is a guess. */
export function judgeGuesses(
  policy: Policy,
  guesser: Guesser,
  wanted: number,
): { denied: GuessBreach | null; observed: GuessBreach[] } {
  const breaches = [...ofThePhone(policy, guesser, wanted), ...ofTheRequester(policy, guesser)]
  return {
    denied: breaches.find(({ rule }) => !policy.observe.includes(rule)) ?? null,
    observed: breaches.filter(({ rule }) => policy.observe.includes(rule)),
  }
}

function ofThePhone(policy: Policy, guesser: Guesser, wanted: number): GuessBreach[] {
  const { requester, familiar, counter, now } = guesser
  const bound = policy.wrong_guesses_per_phone_day
  if (bound === null) return []
  const recent = recentGuesses(counter, now)
  const broken = (rule: Rule, threshold: number): GuessBreach[] => {
    if (recent.length + wanted <= threshold) return []
    const retryAfterSeconds = secondsUntilRoom(recent, threshold, wanted, WINDOW_SECONDS, now)
    return [{ rule, counter: recent.length, threshold, retryAfterSeconds }]
  }
  // An observed limit reserves no share either.
  const appliesShare =
    requester && !familiar.requester && !policy.observe.includes('wrong_guesses_per_phone_day')
  return [
    ...broken('wrong_guesses_per_phone_day', bound),
    ...(appliesShare
      ? broken('guesses_kept_for_known', shareOfStrangers(bound, policy.guesses_kept_for_known))
      : []),
  ]
}

/**
 * Ignores `wanted`, so that the first check always passes: after a retry, one wrong check costs two guesses.
 */
function ofTheRequester(policy: Policy, { requester, counter, now }: Guesser): GuessBreach[] {
  const bound = policy.wrong_guesses_per_requester_day
  if (bound === null || !requester) return []
  const own = guessesOf(counter, requester, now)
  if (own.length < bound) return []
  const retryAfterSeconds = secondsUntilRoom(own, bound, 1, WINDOW_SECONDS, now)
  const rule = 'wrong_guesses_per_requester_day'
  return [{ rule, counter: own.length, threshold: bound, retryAfterSeconds }]
}
