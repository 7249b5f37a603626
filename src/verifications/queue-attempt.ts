import { reserve } from '../billing/charge.ts'
import { type Draft, record, setDue } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { newId, publicId } from '../values/ids.ts'

/** How long a queued job may take before the sweep queues another, in milliseconds. */
export const WAKE_UP_MS = 2000

/**
 * Adds an attempt to a verification, places a hold for its price and queues a job for a worker. The worker
 * chooses the account when it claims the attempt.
 */
export function queueAttempt(draft: Draft<'call'>, round: number): Attempt {
  const { verification, now } = draft
  const attempt: Attempt = {
    id: newId(),
    verificationId: verification.id,
    ordinal: draft.attempts.length + 1,
    round,
    channel: verification.channel,
    step: verification.step,
    accountId: null,
    provider: null,
    status: 'queued',
    statusDetail: null,
    assumed: false,
    codeHash: null,
    codeLength: null,
    codeChance: null,
    callerHint: null,
    carrier: null,
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
    looks: 0,
    otherCaller: null,
  }
  draft.attempts.push(attempt)
  setDue(draft, attempt.id, { at: new Date(now.getTime() + WAKE_UP_MS) })
  record(draft, 'attempt.queued', {
    attempt: publicId('attempt', attempt.id),
    channel: attempt.channel,
    ordinal: attempt.ordinal,
    round,
  })
  reserve(draft, attempt)
  draft.jobs.push({ name: 'place', payload: { verification: verification.id, attempt: attempt.id } })
  return attempt
}
