import { canReserve, settle } from '../billing/charge.ts'
import { noteCost } from '../billing/cost.ts'
import { publicId } from '../ids.ts'
import type { CallResult } from '../providers/provider.ts'
import { accountsLeft } from '../routing/next-account.ts'
import { liveCodes } from '../verifications/code.ts'
import { type Attempt, type AttemptStatus, type Draft, record } from '../verifications/draft.ts'
import { deliver, type FailureCode, fail, isFinal, isOverdue, toPending } from '../verifications/state.ts'
import { queueAttempt } from './queue-attempt.ts'

export type EndedStatus = Exclude<AttemptStatus, 'queued' | 'placing' | 'placed' | 'released'>

/** What the end of an attempt means: for the verification, and whether its code may still be typed. */
const MEANING: Record<EndedStatus, { rang: boolean; keepsCode: boolean; failure: FailureCode }> = {
  answered: { rang: true, keepsCode: true, failure: 'unknown' },
  busy: { rang: true, keepsCode: true, failure: 'unknown' },
  no_answer: { rang: true, keepsCode: true, failure: 'unknown' },
  unreachable: { rang: false, keepsCode: false, failure: 'unreachable' },
  no_such_number: { rang: false, keepsCode: false, failure: 'no_such_number' },
  rejected: { rang: false, keepsCode: false, failure: 'rejected' },
  failed: { rang: false, keepsCode: false, failure: 'unreachable' },
  // Perhaps it rang: whoever saw the number may type it.
  unknown: { rang: false, keepsCode: true, failure: 'unknown' },
}

const EVENT: Record<
  EndedStatus,
  'attempt.status' | 'attempt.rejected' | 'attempt.failed' | 'attempt.unknown'
> = {
  answered: 'attempt.status',
  busy: 'attempt.status',
  no_answer: 'attempt.status',
  unreachable: 'attempt.status',
  no_such_number: 'attempt.status',
  rejected: 'attempt.rejected',
  failed: 'attempt.failed',
  unknown: 'attempt.unknown',
}

export type End = { status: EndedStatus; assumed: boolean; detail: string; costMicros?: bigint | null }

/**
 * Ends an open attempt and draws the conclusions: delivered, failed, or the next account of the route. Late news about
 * a verification that has ended is recorded and changes nothing else.
 */
export function endAttempt(draft: Draft, attempt: Attempt, end: End): void {
  closeAttempt(draft, attempt, end)
  const meaning = MEANING[end.status]
  if (meaning.rang) deliver(draft)
  else if (end.status === 'no_such_number') fail(draft, 'no_such_number')
  else continueOnNextAccount(draft, attempt, meaning.failure)
}

/**
 * Ends an attempt whose call may well have been made, where no account shall call or none is left. Its verification lives
 * on while a code may still be typed, and fails where none can be.
 */
export function endUnproven(draft: Draft, attempt: Attempt, detail: string): void {
  closeAttempt(draft, attempt, { status: 'unknown', assumed: true, detail })
  if (isOverdue(draft) || isStillOpen(draft) || liveCodes(draft).length > 0) return
  fail(draft, 'unknown')
}

/** What a verification fails of whose last attempt ended so. */
export function failureOf(attempt: Attempt): FailureCode {
  return MEANING[attempt.status as EndedStatus]?.failure ?? 'unknown'
}

/** Ends an open attempt, without any conclusion. */
export function closeAttempt(draft: Draft, attempt: Attempt, end: End): void {
  const meaning = MEANING[end.status]
  attempt.status = end.status
  attempt.statusDetail = end.detail
  attempt.assumed = end.assumed
  attempt.costMicros = end.costMicros ?? attempt.costMicros
  attempt.endedAt = draft.now
  attempt.dueAt = null
  if (!meaning.keepsCode) attempt.codeHash = null
  if (draft.verification.livemode && attempt.accountId && !end.assumed && isVerdict(end.status)) {
    const { phone } = draft.verification
    draft.observations.push({ kind: 'delivery', accountId: attempt.accountId, phone, well: meaning.rang })
  }
  record(draft, EVENT[end.status], {
    attempt: publicId('attempt', attempt.id),
    provider: attempt.provider,
    status: end.status,
    assumed: end.assumed,
    detail: end.detail,
  })
  noteCost(draft, attempt)
  settle(draft)
}

/** Whether a call that ended so rang. Then nobody calls again. */
export const rang = (status: EndedStatus): boolean => MEANING[status].rang

/** Whether the end says something about the account: that there is no such number does not. */
function isVerdict(status: EndedStatus): boolean {
  return MEANING[status].rang || status === 'unreachable'
}

/** As reported by the operator. */
export function endAsReported(draft: Draft, attempt: Attempt, result: CallResult, detail: string): void {
  const { status, assumed, costMicros } = result
  endAttempt(draft, attempt, { status, assumed, detail, costMicros })
}

function continueOnNextAccount(draft: Draft, attempt: Attempt, failure: FailureCode): void {
  if (isFinal(draft.verification.status) || isOverdue(draft) || isStillOpen(draft)) return
  if (accountsLeft(draft.route, draft.attempts, attempt.round).length === 0) {
    fail(draft, failure)
  } else if (!canReserve(draft)) {
    fail(draft, 'insufficient_balance')
  } else {
    toPending(draft)
    queueAttempt(draft, attempt.round)
  }
}

/** After a retry an earlier call may still be under way. */
const isStillOpen = (draft: Draft) => draft.attempts.some((attempt) => attempt.endedAt === null)
