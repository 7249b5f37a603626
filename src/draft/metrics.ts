import { Counter, Histogram } from '@prometheus-io/client'
import { hasReached } from '../channels/reached.ts'
import { registry, seriesBy } from '../process/metrics.ts'
import type { BareDraft } from './draft.ts'
import type { Attempt, Verification } from './rows.ts'
import type { Before } from './snapshot.ts'

const started = new Counter({
  name: 'ringproof_verifications_started_total',
  help: 'Verifications committed, those that policy denied included.',
  labelNames: ['channel', 'mode'],
  registers: [registry],
})
const ended = new Counter({
  name: 'ringproof_verifications_ended_total',
  help: 'Verifications with a final status. reached: it was delivered or approved.',
  labelNames: ['outcome', 'failure', 'channel', 'provider', 'mode', 'checked_by', 'reached'],
  registers: [registry],
})
const endedAttempts = new Counter({
  name: 'ringproof_attempts_ended_total',
  help: 'Calls and messages with a final status.',
  labelNames: ['outcome', 'channel', 'provider', 'mode'],
  registers: [registry],
})
const SECONDS = [1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 120, 300]
const toReached = new Histogram({
  name: 'ringproof_verification_reached_seconds',
  help: 'Time from the start of a verification until an operator reported that the phone was reached.',
  labelNames: ['channel', 'provider', 'mode'],
  buckets: SECONDS,
  registers: [registry],
})
const toApproved = new Histogram({
  name: 'ringproof_verification_approved_seconds',
  help: 'Time from the start of a verification to its approval.',
  labelNames: ['channel', 'provider', 'mode'],
  buckets: SECONDS,
  registers: [registry],
})

const startedBy = seriesBy((...values) => started.labels(...values))
const endedBy = seriesBy((...values) => ended.labels(...values))
const endedAttemptsBy = seriesBy((...values) => endedAttempts.labels(...values))
const toReachedBy = seriesBy((...values) => toReached.labels(...values))
const toApprovedBy = seriesBy((...values) => toApproved.labels(...values))

/**
 * Counts what a committed transaction started and ended, by its rows as they were `before`. A process killed
 * between commit and count counts too little.
 */
export function countChanges(drafts: readonly BareDraft[], before: Before): void {
  for (const { verification, attempts } of drafts) {
    const mode = verification.livemode ? 'live' : 'test'
    for (const attempt of attempts) {
      if (attempt.endedAt === null || before.get(attempt)?.endedAt) continue
      endedAttemptsBy(attempt.status, attempt.channel, attempt.provider ?? 'none', mode).inc()
    }
    const old = before.get(verification)
    if (!old) startedBy(verification.channel, mode).inc()
    const { channel, deliveredAt, completedAt } = verification
    if (deliveredAt && !old?.deliveredAt) {
      toReachedBy(channel, providerOf(verification, attempts), mode).observe(
        secondsTo(deliveredAt, verification),
      )
    }
    if (completedAt && !old?.completedAt) countEnd(verification, attempts, mode, completedAt)
  }
}

function countEnd(verification: Verification, attempts: readonly Attempt[], mode: string, at: Date): void {
  const { status, failureCode, channel, compatCredentialId, deliveredAt } = verification
  const provider = providerOf(verification, attempts)
  const isReached = deliveredAt !== null || status === 'approved'
  const checkedBy = compatCredentialId === null ? 'service' : 'client'
  endedBy(status, failureCode ?? 'none', channel, provider, mode, checkedBy, isReached ? 'yes' : 'no').inc()
  if (status === 'approved') toApprovedBy(channel, provider, mode).observe(secondsTo(at, verification))
}

const secondsTo = (at: Date, { createdAt }: Verification) => (at.getTime() - createdAt.getTime()) / 1000

/** Whose call reached the phone last, or else was requested last. */
function providerOf({ channel }: Verification, attempts: readonly Attempt[]): string {
  const reached = attempts.findLast((each) => each.channel === channel && hasReached(channel, each.status))
  return (reached ?? attempts.findLast(({ provider }) => provider !== null))?.provider ?? 'none'
}
