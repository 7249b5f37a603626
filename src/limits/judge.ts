import type { MoneyFacts } from '../billing/charge.ts'
import type { HourCount, StartFacts } from './facts.ts'
import type { Guesses } from './guesses.ts'
import { addPhoneStart, recentStarts, startsOf } from './phone-counters.ts'
import { type Judgement, judgeStart } from './rules.ts'
import type { StartClaim } from './start-claim.ts'
import {
  addStart,
  countOf,
  countOfMinute,
  freeInSeconds,
  type StartCounter,
  type StartCounters,
} from './start-counters.ts'

/** The loaded and locked slices for judging a start. */
export type Judged = { now: Date; guesses: Guesses; starts: StartCounters }

/**
 * Judges a start by the tenant's policy and the locked counters. Counts it unless denied, so that a denied
 * start extends no pause. `live`: the live verifications beside it.
 */
export function judgeAndCount(
  { now, guesses, starts }: Judged,
  claim: StartClaim,
  money: MoneyFacts | null,
  live: StartFacts['live'],
): Judgement {
  const { policy, counter, familiar, standing } = guesses
  const { range, networks } = starts
  const { requester } = claim
  const judgement = judgeStart(policy, {
    now,
    livemode: claim.livemode,
    phone: claim.phone,
    channel: claim.channel,
    phoneStarts: recentStarts(counter, now),
    requesterStarts: requester && startsOf(counter, requester, now),
    familiar,
    standing,
    live,
    networks: networks.map(({ counter, factor }) => ({ ...hourOf(counter, now), factor })),
    range: { ...hourOf(range, now), startsThisMinute: countOfMinute(range, now) },
    money,
  })
  if (judgement.denied) return judgement
  addPhoneStart(counter, requester, now)
  for (const shared of [range, ...networks.map(({ counter }) => counter)]) addStart(shared, now)
  return judgement
}

const hourOf = (counter: StartCounter, now: Date): HourCount => ({
  starts: countOf(counter, now),
  freeInSeconds: freeInSeconds(counter, now),
})
