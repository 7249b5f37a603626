import { settle } from '../billing/charge.ts'
import type { Draft } from '../draft/draft.ts'
import { record } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { publicId } from '../values/ids.ts'
import { type ActiveStatus, isActive, type VerificationStatus } from '../values/statuses.ts'
import { liveCodes } from './code.ts'
import type { FailureCode } from './failure.ts'

const NEXT: Record<ActiveStatus, readonly VerificationStatus[]> = {
  pending: ['calling', 'delivered', 'approved', 'locked', 'failed', 'cancelled', 'expired'],
  calling: ['pending', 'delivered', 'approved', 'locked', 'failed', 'cancelled', 'expired'],
  delivered: ['approved', 'locked', 'cancelled', 'expired'],
}

/** True where `from` may become `to`, by the table in the documentation. */
export function mayBecome(from: VerificationStatus, to: VerificationStatus): boolean {
  return isActive(from) && NEXT[from].includes(to)
}

export function isFinal(status: VerificationStatus): boolean {
  return !isActive(status)
}

/** True for an unfinished verification whose lifetime is over; whoever notices it first expires it. */
export function isOverdue(draft: Draft): boolean {
  return !isFinal(draft.verification.status) && draft.verification.expiresAt <= draft.now
}

/**
 * Moves the verification, with its event; on a final status, attempts that nobody asked for are released. `typed`: the attempt whose
 * code was.
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
  observeEnd(draft, to, typed)
  for (const attempt of draft.attempts) {
    if (attempt.status === 'queued') release(draft, attempt)
  }
  settle(draft, typed)
}

/** What the end says about the account whose code was typed; or, where none was, about the one whose call rang last. */
function observeEnd(draft: Draft, to: VerificationStatus, typed: string | null): void {
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
  const rang = draft.attempts.findLast(({ id, codeHash }) => (typed ? id === typed : codeHash !== null))
  if (!livemode || !rang?.accountId || to === 'cancelled' || (to !== 'approved' && !deliveredAt)) return
  draft.observations.push({ kind: 'approval', accountId: rang.accountId, phone, well: to === 'approved' })
}

function release(draft: Draft, attempt: Attempt): void {
  attempt.status = 'released'
  attempt.endedAt = draft.now
  attempt.dueAt = null
  record(draft, 'attempt.released', { attempt: publicId('attempt', attempt.id) })
}

/** An operator is being asked. A delivered verification stays delivered. */
export function toCalling(draft: Draft): void {
  if (draft.verification.status === 'pending') move(draft, 'calling')
}

/** The last route failed and the next is due. */
export function toPending(draft: Draft): void {
  if (draft.verification.status === 'calling') move(draft, 'pending')
}

/** The phone rang. Late news changes nothing. */
export function deliver(draft: Draft): void {
  if (mayBecome(draft.verification.status, 'delivered')) move(draft, 'delivered')
}

/** No further way to reach the phone. A verification stays as it is once delivered or final, or while a code may still be typed. */
export function fail(draft: Draft, code: FailureCode): void {
  if (!mayBecome(draft.verification.status, 'failed') || liveCodes(draft).length > 0) return
  draft.verification.failureCode = code
  move(draft, 'failed', { code })
}

/** The code of that attempt was typed. */
export function approve(draft: Draft, attemptId: string): void {
  move(draft, 'approved', {}, attemptId)
}

export function lockOut(draft: Draft): void {
  move(draft, 'locked')
}

export function expire(draft: Draft): void {
  move(draft, 'expired')
}

/** By the client (`null`), or because a newer start took over. */
export function cancel(draft: Draft, reason: 'superseded' | null): void {
  draft.verification.failureCode = reason
  move(draft, 'cancelled', reason ? { code: reason } : {})
}
