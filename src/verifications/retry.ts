import { moneyFacts } from '../billing/charge.ts'
import { queueAttempt } from '../calls/queue-attempt.ts'
import type { ClientContext } from '../context.ts'
import { type Beside, changeOwn } from '../draft/change.ts'
import { type Draft, record, type VerificationStatus } from '../draft/draft.ts'
import { AppError } from '../errors.ts'
import { claimOf, judgeAndCount } from '../limits/judge.ts'
import { type Familiar, STRANGE } from '../limits/known.ts'
import { explain, refusalOf } from '../limits/refusal.ts'
import type { Breach } from '../limits/rules.ts'
import type { Secrets } from '../secrets.ts'
import { notActive } from './confirm.ts'
import { presentVerification } from './present.ts'
import type { VerificationView } from './schemas.ts'
import { requireSandbox } from './start.ts'
import { expire, isFinal, isOverdue } from './state.ts'

export const RETRIES_MAX = 3
export const RETRY_PAUSE_SECONDS = 30

type RetryResult =
  | { kind: 'queued'; verification: VerificationView }
  | { kind: 'final'; status: VerificationStatus }
  | { kind: 'in_progress' }
  | { kind: 'no_retries'; lifetimeSeconds: number }
  | { kind: 'too_soon'; waitSeconds: number }
  | { kind: 'denied'; breach: Breach }

/** Queues one more call, on the next account of the route. */
export async function retry(context: ClientContext, input: { id: string }) {
  requireSandbox(context.actor.livemode, context.config.SANDBOX_URL)
  const decide = (draft: Draft, { familiar }: Beside) => decideRetry(draft, context.secrets, familiar)
  const result = await changeOwn(context, input.id, decide, ['guesses', 'starts'])
  if (result.kind !== 'queued') throw refusal(result)
  return result.verification
}

export function decideRetry(draft: Draft, secrets: Secrets, familiar: Familiar = STRANGE): RetryResult {
  const { verification, attempts, now } = draft
  if (isOverdue(draft)) expire(draft)
  if (isFinal(verification.status)) return { kind: 'final', status: verification.status }
  if (attempts.some(({ status }) => status === 'queued' || status === 'placing'))
    return { kind: 'in_progress' }
  if (verification.retries >= RETRIES_MAX) {
    return { kind: 'no_retries', lifetimeSeconds: secondsBetween(now, verification.expiresAt) }
  }
  const lastPlacing = Math.max(...attempts.map(({ placingAt }) => placingAt?.getTime() ?? 0))
  const next = new Date(lastPlacing + RETRY_PAUSE_SECONDS * 1000)
  if (next > now) return { kind: 'too_soon', waitSeconds: secondsBetween(now, next) }
  const { policy, counter, startCounters } = draft
  if (!policy || !counter || !startCounters) throw new Error('the change did not lock the counters')
  const claim = claimOf(verification)
  const money = moneyFacts(draft)
  // It takes the place that its verification has.
  const situation = { familiar, live: { count: 0, freeInSeconds: 0 } }
  const { denied, observed } = judgeAndCount(
    claim,
    now,
    policy,
    counter,
    startCounters,
    secrets,
    money,
    situation,
  )
  if (denied) {
    record(draft, 'verification.retry_denied', explain(denied))
    return { kind: 'denied', breach: denied }
  }
  for (const breach of observed) record(draft, 'verification.retry_observed', explain(breach))
  verification.retries += 1
  queueAttempt(draft, verification.retries)
  return { kind: 'queued', verification: presentVerification(verification) }
}

const secondsBetween = (from: Date, to: Date) =>
  Math.max(1, Math.ceil((to.getTime() - from.getTime()) / 1000))

function refusal(result: Exclude<RetryResult, { kind: 'queued' }>): AppError {
  switch (result.kind) {
    case 'final':
      return notActive(result.status)
    case 'in_progress':
      return new AppError('attempt_in_progress', { retryAfterSeconds: 1 })
    case 'no_retries':
      return new AppError('rate_limited', {
        detail: `A verification can be retried ${RETRIES_MAX} times; start a new one.`,
        retryAfterSeconds: result.lifetimeSeconds,
        rateLimit: {
          policy: 'retries_per_verification',
          limit: RETRIES_MAX,
          windowSeconds: result.lifetimeSeconds,
          remaining: 0,
        },
      })
    case 'denied':
      return refusalOf(result.breach)
    case 'too_soon':
      return new AppError('retry_too_soon', {
        detail: `A retry is possible ${RETRY_PAUSE_SECONDS} s after the last call.`,
        retryAfterSeconds: result.waitSeconds,
        rateLimit: { policy: 'retry_pause', limit: 1, windowSeconds: RETRY_PAUSE_SECONDS, remaining: 0 },
      })
  }
}
