import { moneyFacts } from '../billing/charge.ts'
import type { Channel } from '../channels/channels.ts'
import { type Draft, record } from '../draft/draft.ts'
import { type Breach, noRoute } from '../limits/breach.ts'
import { judgeAndCount } from '../limits/judge.ts'
import { explain } from '../limits/refusal.ts'
import { type Judgement, judgeUncounted } from '../limits/rules.ts'
import { claimOf } from '../limits/start-claim.ts'
import { failureOf } from './failure.ts'
import { queueAttempt } from './queue-attempt.ts'
import { dropQueued, endStep, toPending } from './state.ts'
import { isOfCurrentStep, isUnreached, nextRound, waitForNext } from './workflow.ts'

/** The slices needed by a decision that begins a step or a retry. */
export const BEGIN = ['guesses', 'starts', 'served', 'call'] as const
export type Begin = (typeof BEGIN)[number]

export type Skipped = { index: number; channel: Channel; breach: Breach }

/**
 * Begins the next step that nothing refuses, and skips those before it. Without one, the current step stays:
 * `refused` names what may pass with time and was not skipped. Only a client that asks (`asked`) is refused.
 */
export function beginNext(draft: Draft<Begin>, { asked }: { asked: boolean }): 'begun' | 'none' | Breach {
  const { verification } = draft
  const { workflow, step } = verification
  const isCounted = !isUnreached(draft)
  const skipped: Skipped[] = []
  for (const [index, { channel }] of (workflow ?? []).entries()) {
    if (index <= step) continue
    const { denied, observed } = judgeCall(draft, channel, isCounted)
    if (denied) {
      skipped.push({ index, channel, breach: denied })
      continue
    }
    recordSkipped(draft, skipped)
    dropQueued(draft)
    record(draft, 'step.begun', { step: index, channel, asked, ...factsOf(observed) })
    verification.step = index
    if (draft.attempts.every(({ endedAt }) => endedAt !== null)) toPending(draft)
    beginCall(draft, channel)
    return 'begun'
  }
  const passing = skipped.find(({ breach }) => mayPass(breach))
  if (asked && passing) {
    record(draft, 'step.denied', {
      step: passing.index,
      channel: passing.channel,
      ...explain(passing.breach),
    })
    return passing.breach
  }
  recordSkipped(draft, skipped)
  verification.step += skipped.length
  verification.nextAt = null
  endLastStep(draft)
  return 'none'
}

/**
 * Judges another call of a live verification over a channel. `isCounted`: it counts as a start in every limit;
 * otherwise only the channel and the money are judged.
 */
export function judgeCall(draft: Draft<Begin>, channel: Channel, isCounted: boolean): Judgement {
  const { verification, served, guesses, now } = draft
  const claim = { ...claimOf(verification), channel }
  if (!served.has(channel))
    return { denied: noRoute(claim.phone, served.tooGuessable?.has(channel) ?? false), observed: [] }
  const money = moneyFacts(draft, channel)
  if (!isCounted) return judgeUncounted(guesses.policy.policy, { channel, money, now })
  // It uses its verification's own place, so nothing else counts as live beside it.
  return judgeAndCount(draft, claim, money, { count: 0, freeInSeconds: 0 })
}

/** Queues the first call of a step or a retry, and begins to wait for the step after it. */
export function beginCall(draft: Draft<'call'>, channel: Channel): void {
  draft.verification.channel = channel
  queueAttempt(draft, nextRound(draft))
  waitForNext(draft)
}

export function recordSkipped(draft: Draft, skipped: readonly Skipped[]): void {
  for (const { index, channel, breach } of skipped) {
    record(draft, 'step.skipped', { step: index, channel, ...explain(breach) })
  }
}

/** No step follows: the verification fails if nothing of the current one can reach the phone any more. */
function endLastStep(draft: Draft): void {
  const { attempts } = draft
  if (attempts.some((attempt) => attempt.endedAt === null && isOfCurrentStep(draft, attempt))) return
  const asked = attempts.findLast(({ placingAt }) => placingAt !== null)
  endStep(draft, asked ? failureOf(asked.status) : 'no_operator_available')
}

/** A missing route and a forbidden channel do not pass with time. */
export const mayPass = ({ rule }: Breach) => rule !== 'no_route' && rule !== 'allow_channels'

/** What only observed rules would have denied. */
export const factsOf = (observed: readonly Breach[]): Record<string, unknown> =>
  observed.length > 0 ? { observed: observed.map(explain) } : {}
