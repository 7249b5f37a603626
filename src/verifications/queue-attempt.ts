import { reserve } from '../billing/charge.ts'
import { type Draft, record } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { newId, publicId } from '../values/ids.ts'

/** How long a wake-up call may take before the sweep makes another one. */
export const WAKE_UP_MS = 2000

/**
 * Adds one attempt to a verification, to be placed by a worker, and sets its price aside. The account is chosen when it is
 * claimed.
 */
export function queueAttempt(draft: Draft<'call'>, round: number): Attempt {
  const { verification, now } = draft
  const attempt: Attempt = {
    id: newId(),
    verificationId: verification.id,
    ordinal: draft.attempts.length + 1,
    round,
    channel: verification.channel,
    accountId: null,
    provider: null,
    status: 'queued',
    statusDetail: null,
    assumed: false,
    codeHash: null,
    codeLength: null,
    callerHint: null,
    operatorCallId: null,
    operatorRow: null,
    costMicros: null,
    costCurrency: null,
    priceMicros: null,
    priceCurrency: null,
    pricePer: null,
    charge: null,
    settledAt: null,
    createdAt: now,
    placingAt: null,
    unclearAt: null,
    placedAt: null,
    endedAt: null,
    deadlineAt: null,
    dueAt: new Date(now.getTime() + WAKE_UP_MS),
    looks: 0,
  }
  draft.attempts.push(attempt)
  record(draft, 'attempt.queued', {
    attempt: publicId('attempt', attempt.id),
    ordinal: attempt.ordinal,
    round,
  })
  reserve(draft, attempt)
  draft.jobs.push({ name: 'place', payload: { verification: verification.id, attempt: attempt.id } })
  return attempt
}
