import { moneyFacts } from '../billing/charge.ts'
import type { ClientContext } from '../context.ts'
import { type Draft, record } from '../draft/draft.ts'
import { AppError } from '../errors.ts'
import type { Breach } from '../limits/breach.ts'
import { judgeAndCount } from '../limits/judge.ts'
import { explain, refusalOf } from '../limits/refusal.ts'
import { claimOf } from '../limits/start-claim.ts'
import type { VerificationStatus } from '../values/statuses.ts'
import { say } from '../words/text.ts'
import { changeOwn } from './change-own.ts'
import { notActive } from './confirm.ts'
import { presentVerification } from './present.ts'
import { queueAttempt } from './queue-attempt.ts'
import type { VerificationView } from './schemas.ts'
import { requireSandbox } from './start.ts'
import { expire, isFinal, isOverdue } from './state.ts'

const RETRIES_MAX = 3
const RETRY_PAUSE_SECONDS = 30

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
  const needs = ['guesses', 'starts', 'call'] as const
  const result = await changeOwn(context, input.id, { needs, decide: decideRetry })
  if (result.kind !== 'queued') throw refusal(result)
  return result.verification
}

function decideRetry(draft: Draft<'guesses' | 'starts' | 'call'>): RetryResult {
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
  // A retry uses its verification's own place, so nothing else counts as live beside it.
  const beside = { count: 0, freeInSeconds: 0 }
  const { denied, observed } = judgeAndCount(draft, claimOf(verification), moneyFacts(draft), beside)
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
        detail: say('retries_max', { retries: RETRIES_MAX }),
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
        detail: say('retry_pause', { seconds: RETRY_PAUSE_SECONDS }),
        retryAfterSeconds: result.waitSeconds,
        rateLimit: { policy: 'retry_pause', limit: 1, windowSeconds: RETRY_PAUSE_SECONDS, remaining: 0 },
      })
  }
}
