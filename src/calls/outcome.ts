import { canReserve, settle } from '../billing/charge.ts'
import { noteCost } from '../billing/cost.ts'
import { CHANNEL_FACTS, type Channel } from '../channels/channels.ts'
import { hasReached, type ReachedStatus, statusOn } from '../channels/reached.ts'
import { type Draft, record } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import type { CallResult } from '../providers/provider.ts'
import { accountsLeft, type HeldBack } from '../routing/next-account.ts'
import { publicId } from '../values/ids.ts'
import type { AttemptStatus, OPEN_ATTEMPT_STATUSES } from '../values/statuses.ts'
import { failureOf } from '../verifications/failure.ts'
import { queueAttempt } from '../verifications/queue-attempt.ts'
import { deliver, endStep, isFinal, isOverdue, toPending } from '../verifications/state.ts'
import { isOfCurrentStep } from '../verifications/workflow.ts'

export type EndedStatus = Exclude<AttemptStatus, (typeof OPEN_ATTEMPT_STATUSES)[number] | 'released'>

const EVENT: Record<
  EndedStatus,
  'attempt.status' | 'attempt.rejected' | 'attempt.failed' | 'attempt.unknown'
> = {
  answered: 'attempt.status',
  busy: 'attempt.status',
  no_answer: 'attempt.status',
  delivered: 'attempt.status',
  called: 'attempt.status',
  unreachable: 'attempt.status',
  no_such_number: 'attempt.status',
  not_called: 'attempt.status',
  rejected: 'attempt.rejected',
  failed: 'attempt.failed',
  unknown: 'attempt.unknown',
}

export type End = {
  status: EndedStatus
  assumed: boolean
  detail: string
  costMicros?: bigint | null
  /** If no account could be asked: which ones, and why. */
  heldBack?: readonly HeldBack[]
}

/** The slices needed by a decision that may end a call and queue another through the next account. */
export const NEXT_CALL = ['route', 'costs', 'call'] as const
export type NextCall = (typeof NEXT_CALL)[number]

/** An end after which no other account calls: the phone rang, or the user may have seen the code. */
type Quiet = ReachedStatus | 'unknown'
type QuietResult = CallResult & { status: Quiet }

export const isQuiet = (channel: Channel, result: CallResult): result is QuietResult =>
  result.status === 'unknown' || hasReached(channel, result.status)

/** A result from an operator's records, in the words of the attempt's channel. */
export const resultOn = (channel: Channel, result: CallResult): CallResult => ({
  ...result,
  status: statusOn(channel, result.status),
})

/** Ends a placed call without calling through another account. */
export function endQuietly(draft: Draft<'costs'>, attempt: Attempt, end: End & { status: Quiet }): void {
  closeAttempt(draft, attempt, end)
  if (hasReached(attempt.channel, end.status)) deliver(draft)
}

/**
 * Ends an open attempt and acts on it: the verification is delivered, fails, or the next account of the route
 * calls. If the verification has already ended, only records the end.
 */
export function endAttempt(draft: Draft<NextCall>, attempt: Attempt, end: End): void {
  closeAttempt(draft, attempt, end)
  if (hasReached(attempt.channel, end.status)) deliver(draft)
  else if (end.status === 'no_such_number' && isOfCurrentStep(draft, attempt))
    endStep(draft, 'no_such_number')
  else if (!CHANNEL_FACTS[attempt.channel].reachesOut && attempt.placedAt) endUncalled(draft, attempt)
  else if (!mayStillBeTyped(attempt)) continueOnNextAccount(draft, attempt)
}

/**
 * Ends an attempt as unknown although the phone was called, because its call cannot be told from others. No
 * account calls again. The last step fails the verification unless a code may still be typed.
 */
export function endUnproven(draft: Draft<'costs'>, attempt: Attempt, detail: string): void {
  closeAttempt(draft, attempt, { status: 'unknown', assumed: true, detail })
  if (isOverdue(draft) || isStillOpen(draft)) return
  endStep(draft, 'unknown')
}

/**
 * Whether a call with an unknown end may have shown its code: the operator accepted it, or we chose the code.
 * The verification then lives until it expires, and only a client's retry calls again.
 */
function mayStillBeTyped({ status, placedAt, codeHash }: Attempt): boolean {
  return status === 'unknown' && (placedAt !== null || codeHash !== null)
}

/** Ends an open attempt without changing the verification's status. */
export function closeAttempt(draft: Draft<'costs'>, attempt: Attempt, end: End): void {
  attempt.status = end.status
  attempt.statusDetail = end.detail
  attempt.assumed = end.assumed
  attempt.costMicros = end.costMicros ?? attempt.costMicros
  attempt.endedAt = draft.now
  if (!CHANNEL_FACTS[attempt.channel].reachesOut) stopAwaiting(draft, attempt)
  const { livemode, phone } = draft.verification
  const reached = hasReached(attempt.channel, end.status)
  // A number that does not exist says nothing about the account.
  if (livemode && attempt.accountId && !end.assumed && (reached || end.status === 'unreachable')) {
    const { accountId, channel } = attempt
    draft.observations.push({ kind: 'delivery', accountId, channel, phone, well: reached })
  }
  record(draft, EVENT[end.status], {
    attempt: publicId('attempt', attempt.id),
    provider: attempt.provider,
    status: end.status,
    assumed: end.assumed,
    detail: end.detail,
    ...(attempt.carrier ? { carrier: attempt.carrier.name } : {}),
    ...(end.heldBack?.length ? { held_back: end.heldBack.map(toFact) } : {}),
  })
  noteCost(draft, attempt)
  settle(draft)
}

/** The number of an attempt that ended is not shown; the next verification of the phone may have its turn. */
function stopAwaiting({ verification, attempts }: Draft, { id, channel }: Attempt): void {
  if (verification.callTo?.attempt === id) verification.callTo = null
  const isOpen = (other: Attempt) => other.channel === channel && other.placingAt && other.endedAt === null
  if (!attempts.some(isOpen)) verification.callToKey = null
}

const toFact = ({ id, name, why, until }: HeldBack) => ({
  account: publicId('account', id),
  name,
  why,
  ...(until ? { until: until.toISOString() } : {}),
})

/** An end as the operator reports it. */
export const reported = <R extends CallResult>({ status, assumed, costMicros }: R, detail: string) => ({
  status: status as R['status'],
  assumed,
  costMicros,
  detail,
})

/** The operator gave a number, and the phone did not call it: another account would wait in vain as well. */
export function endUncalled(draft: Draft, attempt: Attempt): void {
  if (isFinal(draft.verification.status) || isOverdue(draft) || isStillOpen(draft)) return
  endStep(draft, failureAfter(draft, attempt))
}

const failureAfter = (draft: Draft, attempt: Attempt) =>
  failureOf((isOfCurrentStep(draft, attempt) ? attempt : (draft.attempts.at(-1) ?? attempt)).status)

/** Calls through the next account; without one, the step is over. */
function continueOnNextAccount(draft: Draft<NextCall>, attempt: Attempt): void {
  const { verification, attempts, route } = draft
  if (isFinal(verification.status) || isOverdue(draft) || isStillOpen(draft)) return
  const failure = failureAfter(draft, attempt)
  // A call of an earlier step or channel has been replaced by a later one.
  const isCurrent = isOfCurrentStep(draft, attempt) && attempt.channel === verification.channel
  if (attempts.some((other) => isOfCurrentStep(draft, other) && other.status === 'no_such_number')) {
    endStep(draft, 'no_such_number')
  } else if (!isCurrent || accountsLeft(route, attempts, attempt).length === 0) {
    endStep(draft, failure)
  } else if (!canReserve(draft, attempt.channel)) {
    endStep(draft, 'insufficient_balance')
  } else {
    toPending(draft)
    queueAttempt(draft, attempt.round)
  }
}

/** Whether a call of the current step is still in progress: after a retry, an earlier one may be. */
export const isStillOpen = (draft: Draft) =>
  draft.attempts.some((attempt) => attempt.endedAt === null && isOfCurrentStep(draft, attempt))
