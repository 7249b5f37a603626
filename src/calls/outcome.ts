import { canReserve, settle } from '../billing/charge.ts'
import { noteCost } from '../billing/cost.ts'
import { type Attempt, type AttemptStatus, type Draft, record } from '../draft/draft.ts'
import type { CallResult } from '../providers/provider.ts'
import { accountsLeft, type HeldBack } from '../routing/next-account.ts'
import { publicId } from '../values/ids.ts'
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
  // Perhaps it rang: a person who saw the number may type it.
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

export type End = {
  status: EndedStatus
  assumed: boolean
  detail: string
  costMicros?: bigint | null
  /** Accounts that could not be asked, where none was. */
  heldBack?: readonly HeldBack[]
}

/**
 * Ends an open attempt and draws the conclusions: delivered, failed, or the next account of the route. Late news about
 * a verification that has ended is recorded and changes nothing else.
 */
export function endAttempt(draft: Draft, attempt: Attempt, end: End): void {
  closeAttempt(draft, attempt, end)
  const meaning = MEANING[end.status]
  if (meaning.rang) deliver(draft)
  else if (end.status === 'no_such_number') fail(draft, 'no_such_number')
  else if (!mayStillBeTyped(attempt)) continueOnNextAccount(draft, attempt, meaning.failure)
}

/**
 * Ends an attempt as unknown although the person was called, by a call that cannot be told from others. No account calls
 * again; the verification fails unless a code may still be typed.
 */
export function endUnproven(draft: Draft, attempt: Attempt, detail: string): void {
  closeAttempt(draft, attempt, { status: 'unknown', assumed: true, detail })
  if (isOverdue(draft) || isStillOpen(draft)) return
  fail(draft, 'unknown')
}

/**
 * An unknown end of a call that the operator accepted, or whose code we chose: the person may be looking at the code. The
 * verification then lives until its own end, and only a client's retry calls again.
 */
function mayStillBeTyped({ status, placedAt, codeHash }: Attempt): boolean {
  return status === 'unknown' && (placedAt !== null || codeHash !== null)
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
    ...(end.heldBack?.length ? { held_back: end.heldBack.map(toFact) } : {}),
  })
  noteCost(draft, attempt)
  settle(draft)
}

const toFact = ({ id, name, why, until }: HeldBack) => ({
  account: publicId('account', id),
  name,
  why: HELD_BACK[why],
  ...(until ? { until: until.toISOString() } : {}),
})

const HELD_BACK = { resting: 'resting', poor: 'cannot_pay', busy: 'at_limit' } as const

/** Whether a placed call that ended so may be followed by one through the next account. */
export const leadsOn = (status: EndedStatus): boolean => !MEANING[status].rang && status !== 'unknown'

/** Whether the code of a call that ended so may be typed. */
export const keepsCode = (status: AttemptStatus): boolean =>
  MEANING[status as EndedStatus]?.keepsCode ?? false

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
  if (draft.attempts.some(({ status }) => status === 'no_such_number')) {
    fail(draft, 'no_such_number')
  } else if (accountsLeft(draft.route, draft.attempts, attempt.round).length === 0) {
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
