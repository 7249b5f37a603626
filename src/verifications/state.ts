import { settle } from '../billing/charge.ts'
import type { Draft } from '../draft/draft.ts'
import { record } from '../draft/draft.ts'
import { publicId } from '../values/ids.ts'
import { type ActiveStatus, isActive, type VerificationStatus } from '../values/statuses.ts'
import { isCheckedByClient } from './client-code.ts'
import { isLive, liveCodes } from './code.ts'
import type { FailureCode } from './failure.ts'
import { hasten, isOfCurrentStep, isUnreached, nextStep } from './workflow.ts'

const NEXT: Record<ActiveStatus, readonly VerificationStatus[]> = {
  pending: ['calling', 'delivered', 'approved', 'locked', 'failed', 'cancelled', 'expired'],
  calling: ['pending', 'delivered', 'approved', 'locked', 'failed', 'cancelled', 'expired'],
  delivered: ['approved', 'locked', 'cancelled', 'expired'],
}

/** Whether `from` may become `to`, according to the table in docs/architecture.md. */
export function mayBecome(from: VerificationStatus, to: VerificationStatus): boolean {
  return isActive(from) && NEXT[from].includes(to)
}

export function isFinal(status: VerificationStatus): boolean {
  return !isActive(status)
}

/**
 * Whether an unfinished verification has outlived its lifetime. The first decision to notice this expires it.
 */
export function isOverdue(draft: Draft): boolean {
  return !isFinal(draft.verification.status) && draft.verification.expiresAt <= draft.now
}

/**
 * Moves the verification to another status and records the event. A final status releases attempts that are
 * still queued and settles the rest. `typed`: the attempt with the code that was typed.
 */
function move(
  draft: Draft,
  to: Exclude<VerificationStatus, 'denied'>,
  data: Record<string, unknown> = {},
  typed: string | null = null,
): void {
  const { verification } = draft
  if (!mayBecome(verification.status, to)) {
    throw new Error(`a ${verification.status} verification cannot become ${to}`)
  }
  verification.status = to
  if (to === 'delivered') verification.deliveredAt = draft.now
  record(draft, `verification.${to}`, data)
  if (!isFinal(to)) return
  verification.completedAt = draft.now
  verification.nextAt = null
  verification.sealedCode = null
  observeEnd(draft, to, typed)
  releaseQueued(draft)
  settle(draft, typed)
}

/**
 * Records what the end says about the account that placed the typed code's call, or else the last call that
 * rang.
 */
function observeEnd(draft: Draft, to: VerificationStatus, typed: string | null): void {
  // We never learn whether the code was typed, so it counts in no conversion.
  if (isCheckedByClient(draft.verification)) return
  const { tenantId, livemode, phone, clientIp, requester, createdAt, deliveredAt } = draft.verification
  draft.observations.push({
    kind: 'ended',
    tenantId,
    livemode,
    phone,
    clientIp,
    requester,
    startedAt: createdAt.getTime(),
    approved: to === 'approved',
  })
  const rang = draft.attempts.findLast((attempt) => (typed ? attempt.id === typed : isLive(attempt)))
  if (!livemode || !rang?.accountId || to === 'cancelled' || (to !== 'approved' && !deliveredAt)) return
  const { accountId, channel } = rang
  draft.observations.push({ kind: 'approval', accountId, channel, phone, well: to === 'approved' })
}

/** Ends attempts that no operator was asked for. The caller settles their holds. */
function releaseQueued(draft: Draft): void {
  for (const attempt of draft.attempts) {
    if (attempt.status !== 'queued') continue
    attempt.status = 'released'
    attempt.endedAt = draft.now
    record(draft, 'attempt.released', { attempt: publicId('attempt', attempt.id) })
  }
}

/** The next step begins: calls that were not requested yet are not needed any more. */
export function dropQueued(draft: Draft): void {
  releaseQueued(draft)
  settle(draft)
}

/** An operator is asked to place a call. A delivered verification stays delivered. */
export function toCalling(draft: Draft): void {
  if (draft.verification.status === 'pending') move(draft, 'calling')
}

/** The last account failed and the next one is due. */
export function toPending(draft: Draft): void {
  if (draft.verification.status === 'calling') move(draft, 'pending')
}

/** The phone rang. Late news changes nothing. */
export function deliver(draft: Draft): void {
  if (mayBecome(draft.verification.status, 'delivered')) move(draft, 'delivered')
}

/**
 * No way to reach the phone remains. No effect once delivered or final, or while a code may still be typed.
 */
export function fail(draft: Draft, code: FailureCode): void {
  if (!mayBecome(draft.verification.status, 'failed') || liveCodes(draft).length > 0) return
  draft.verification.failureCode = code
  move(draft, 'failed', { code })
}

/**
 * Nothing of the current step can reach the phone: the next step begins at once, or after an unknown call when
 * its time comes. After the last step the verification fails, unless an earlier call may still reach the phone.
 */
export function endStep(draft: Draft, code: FailureCode): void {
  if (isFinal(draft.verification.status)) return
  if (!nextStep(draft.verification)) {
    if (!mayStillReach(draft)) fail(draft, code)
  } else if (isUnreached(draft)) {
    toPending(draft)
    hasten(draft)
  }
}

const mayStillReach = (draft: Draft) =>
  draft.attempts.some(
    (attempt) =>
      (attempt.status === 'unknown' && attempt.placedAt !== null) ||
      (attempt.endedAt === null && !isOfCurrentStep(draft, attempt)),
  )

/** The code of attempt `attemptId` was typed: its channel is the one that approved. */
export function approve(draft: Draft, attemptId: string): void {
  const typed = draft.attempts.find(({ id }) => id === attemptId)
  if (typed) draft.verification.channel = typed.channel
  move(draft, 'approved', {}, attemptId)
}

export function lockOut(draft: Draft): void {
  move(draft, 'locked')
}

export function expire(draft: Draft): void {
  move(draft, 'expired')
}

/** Cancels for the client (`null`), or because a newer start supersedes the verification. */
export function cancel(draft: Draft, reason: 'superseded' | null): void {
  draft.verification.failureCode = reason
  move(draft, 'cancelled', reason ? { code: reason } : {})
}
