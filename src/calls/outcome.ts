import { canReserve, settle } from '../billing/charge.ts'
import { noteCost } from '../billing/cost.ts'
import { type Draft, record } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import type { CallResult } from '../providers/provider.ts'
import { accountsLeft, type HeldBack } from '../routing/next-account.ts'
import { publicId } from '../values/ids.ts'
import {
  type AttemptStatus,
  type Channel,
  hasReached,
  type OPEN_ATTEMPT_STATUSES,
  type ReachedStatus,
} from '../values/statuses.ts'
import type { FailureCode } from '../verifications/failure.ts'
import { queueAttempt } from '../verifications/queue-attempt.ts'
import { deliver, fail, isFinal, isOverdue, toPending } from '../verifications/state.ts'

export type EndedStatus = Exclude<AttemptStatus, (typeof OPEN_ATTEMPT_STATUSES)[number] | 'released'>

/** What the end of an attempt means: for the verification, and whether its code may still be typed. */
const MEANING: Record<EndedStatus, { keepsCode: boolean; failure: FailureCode }> = {
  answered: { keepsCode: true, failure: 'unknown' },
  busy: { keepsCode: true, failure: 'unknown' },
  no_answer: { keepsCode: true, failure: 'unknown' },
  unreachable: { keepsCode: false, failure: 'unreachable' },
  no_such_number: { keepsCode: false, failure: 'no_such_number' },
  rejected: { keepsCode: false, failure: 'rejected' },
  failed: { keepsCode: false, failure: 'unreachable' },
  // Perhaps it rang: a person who saw the number may type it.
  unknown: { keepsCode: true, failure: 'unknown' },
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

/** What a decision needs that may end a call and have the next account call. */
export const NEXT_CALL = ['route', 'costs', 'call'] as const
export type NextCall = (typeof NEXT_CALL)[number]

/** How a placed call ends after which no other account calls: it rang, or the person may be looking at its code. */
type Quiet = ReachedStatus | 'unknown'
export type QuietResult = CallResult & { status: Quiet }

export const isQuiet = (channel: Channel, result: CallResult): result is QuietResult =>
  result.status === 'unknown' || hasReached(channel, result.status)

/** Ends a placed call that no other account follows. */
export function endQuietly(draft: Draft<'costs'>, attempt: Attempt, end: End & { status: Quiet }): void {
  closeAttempt(draft, attempt, end)
  if (hasReached(attempt.channel, end.status)) deliver(draft)
}

/**
 * Ends an open attempt and draws the conclusions: delivered, failed, or the next account of the route. Late news about
 * a verification that has ended is recorded and changes nothing else.
 */
export function endAttempt(draft: Draft<NextCall>, attempt: Attempt, end: End): void {
  closeAttempt(draft, attempt, end)
  if (hasReached(attempt.channel, end.status)) deliver(draft)
  else if (end.status === 'no_such_number') fail(draft, 'no_such_number')
  else if (!mayStillBeTyped(attempt)) continueOnNextAccount(draft, attempt, MEANING[end.status].failure)
}

/**
 * Ends an attempt as unknown although the person was called, by a call that cannot be told from others. No account calls
 * again; the verification fails unless a code may still be typed.
 */
export function endUnproven(draft: Draft<'costs'>, attempt: Attempt, detail: string): void {
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
export function closeAttempt(draft: Draft<'costs'>, attempt: Attempt, end: End): void {
  attempt.status = end.status
  attempt.statusDetail = end.detail
  attempt.assumed = end.assumed
  attempt.costMicros = end.costMicros ?? attempt.costMicros
  attempt.endedAt = draft.now
  attempt.dueAt = null
  if (!MEANING[end.status].keepsCode) attempt.codeHash = null
  const { livemode, phone } = draft.verification
  const reached = hasReached(attempt.channel, end.status)
  // That there is no such number says nothing about the account.
  if (livemode && attempt.accountId && !end.assumed && (reached || end.status === 'unreachable')) {
    draft.observations.push({ kind: 'delivery', accountId: attempt.accountId, phone, well: reached })
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

/** Whether the code of a call that ended so may be typed. */
export const keepsCode = (status: AttemptStatus): boolean =>
  MEANING[status as EndedStatus]?.keepsCode ?? false

/** The end that the operator reports. */
export const reported = <R extends CallResult>({ status, assumed, costMicros }: R, detail: string) => ({
  status: status as R['status'],
  assumed,
  costMicros,
  detail,
})

function continueOnNextAccount(draft: Draft<NextCall>, attempt: Attempt, failure: FailureCode): void {
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
