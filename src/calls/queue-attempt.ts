import { reserve } from '../billing/charge.ts'
import { type Attempt, type Draft, record } from '../draft/draft.ts'
import { newId, publicId } from '../values/ids.ts'

/** How long a wake-up call may take before the sweep makes another one. */
export const WAKE_UP_MS = 2000

/** Accounts free up within the second. */
const AGAIN_MS = 500

/** No account is free: somebody asks again in a moment. */
export function queueAgain(draft: Draft, attempt: Attempt): void {
  const delayMs = Math.round(AGAIN_MS * (0.6 + Math.random() * 0.8))
  attempt.dueAt = new Date(draft.now.getTime() + delayMs + WAKE_UP_MS)
  draft.jobs.push({
    name: 'place',
    payload: { verification: draft.verification.id, attempt: attempt.id },
    delayMs,
  })
}

/**
 * Adds one attempt to a verification, to be placed by a worker, and sets its price aside. The account is chosen when it is
 * claimed.
 */
export function queueAttempt(draft: Draft, round: number): Attempt {
  const { verification, now } = draft
  if (!draft.mayCall) throw new Error('the change did not ask for a call')
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
