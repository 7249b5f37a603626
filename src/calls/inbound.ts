import { createHash } from 'node:crypto'
import { CHANNEL_FACTS } from '../channels/channels.ts'
import { type Draft, record } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import type { CallTo, StatusOutcome } from '../providers/provider.ts'
import type { Secrets } from '../secrets.ts'
import { publicId } from '../values/ids.ts'
import { approve, endStep, expire, isFinal, isOverdue } from '../verifications/state.ts'
import { closeAttempt, endUncalled, isStillOpen } from './outcome.ts'

/** Whether the person calls, and nothing is sent to the phone. */
export const isInbound = ({ channel }: Pick<Attempt, 'channel'>): boolean =>
  !CHANNEL_FACTS[channel].reachesOut

/**
 * Lets no other verification await a call of this phone at this operator: the operator might credit the call to
 * either. Test keys have operators of their own. Not keyed: it must be the same on both sides of a rotation of
 * SECRET_KEY, and the phone itself stands beside it until both are erased.
 */
export function takeTurn({ verification }: Draft, provider: string): void {
  const { livemode, tenantId, phone } = verification
  const turn = [livemode ? 'live' : tenantId, provider, phone].join('\n')
  verification.callToKey = createHash('sha256').update(turn).digest().subarray(0, 16)
}

/** The unique index that `takeTurn` relies on. */
export const TURN_TAKEN = 'verifications_call_to'

/** Ends a queued attempt because another verification awaits a call of the phone at the operator. */
export function endTurnless(draft: Draft<'costs'>, attempt: Attempt | null): void {
  if (attempt?.status !== 'queued') return
  const detail = 'the operator can await no call of this phone now'
  closeAttempt(draft, attempt, { status: 'failed', assumed: false, detail })
  if (!isOverdue(draft) && !isStillOpen(draft)) endStep(draft, 'no_operator_available')
}

/** Shows the number to call. A number shown before approves no more. */
export function showNumber({ verification }: Draft, { id }: Attempt, { number, expiresAt }: CallTo): void {
  verification.callTo = { attempt: id, number, expires_at: expiresAt.toISOString() }
}

export type Called = StatusOutcome & { kind: 'called' }

/**
 * The operator reports that this phone called the attempt's number. Approves the verification if it is the number
 * that it shows. The requester of the start becomes known for the phone, as by a right code.
 */
export function conclude(
  draft: Draft<'guesses' | 'costs'>,
  attempt: Attempt,
  { costMicros, detail }: Called,
): void {
  const { verification, guesses } = draft
  const isShown = verification.callTo?.attempt === attempt.id
  closeAttempt(draft, attempt, { status: 'called', assumed: false, detail, costMicros })
  if (isOverdue(draft)) expire(draft)
  if (isFinal(verification.status)) return
  if (!isShown) {
    endUncalled(draft, attempt)
    return
  }
  if (verification.requester) guesses.counter.approved.push(verification.requester)
  approve(draft, attempt.id)
}

/** Records that another phone called the number: once for each such phone in a row. */
export function noteOtherCaller(
  draft: Draft,
  attempt: Attempt | null,
  { by, told, secrets }: { by: string | null; told: 'check' | 'notice'; secrets: Secrets },
): void {
  const { verification } = draft
  if (attempt?.status !== 'placed' || isFinal(verification.status) || by === verification.phone) return
  const caller = secrets.pseudonym(verification.tenantId, by ?? '')
  if (attempt.otherCaller?.equals(caller)) return
  attempt.otherCaller = caller
  record(draft, 'attempt.other_caller', {
    attempt: publicId('attempt', attempt.id),
    provider: attempt.provider,
    told,
    caller: by === null ? null : caller.toString('hex'),
  })
}
