import type { Channel, Step } from '../channels/channels.ts'
import type { ClientContext } from '../context.ts'
import { type Draft, record } from '../draft/draft.ts'
import { AppError } from '../errors.ts'
import type { Breach } from '../limits/breach.ts'
import { explain, refusalOf } from '../limits/refusal.ts'
import { codeLengthsOf } from '../routing/routing.ts'
import type { VerificationStatus } from '../values/statuses.ts'
import { say } from '../words/text.ts'
import { changeOwn } from './change-own.ts'
import { addLengths } from './code.ts'
import { notActive } from './confirm.ts'
import { presentVerification } from './present.ts'
import { pauseEnds, RETRIES_MAX, RETRY_PAUSE_SECONDS } from './retry-at.ts'
import type { RetryInput, VerificationView } from './schemas.ts'
import { requireSandbox } from './start.ts'
import { expire, isFinal, isOverdue } from './state.ts'
import { BEGIN, type Begin, beginCall, judgeCall } from './step.ts'

type RetryResult =
  | { kind: 'queued'; verification: VerificationView }
  | { kind: 'final'; status: VerificationStatus }
  | { kind: 'in_progress' }
  | { kind: 'no_retries'; lifetimeSeconds: number }
  | { kind: 'too_soon'; waitSeconds: number }
  | { kind: 'denied'; breach: Breach }

/** Queues one more call: on the next account of the route, or over another channel. */
export async function retry(context: ClientContext, { id, channel }: RetryInput & { id: string }) {
  requireSandbox(context.actor.livemode, context.config.SANDBOX_URL)
  const result = await changeOwn(context, id, {
    needs: BEGIN,
    channel: channel ?? null,
    decide: (draft) => decideRetry(draft, channel ?? null),
  })
  if (result.kind !== 'queued') throw refusal(result)
  return result.verification
}

export function decideRetry(draft: Draft<Begin>, named: Channel | null): RetryResult {
  const { verification, attempts, now } = draft
  if (isOverdue(draft)) expire(draft)
  if (isFinal(verification.status)) return { kind: 'final', status: verification.status }
  if (attempts.some(({ status }) => status === 'queued' || status === 'placing'))
    return { kind: 'in_progress' }
  if (verification.retries >= RETRIES_MAX) {
    return { kind: 'no_retries', lifetimeSeconds: secondsBetween(now, verification.expiresAt) }
  }
  const next = pauseEnds(attempts)
  if (next > now) return { kind: 'too_soon', waitSeconds: secondsBetween(now, next) }
  const channel = named ?? verification.channel
  const { denied, observed } = judgeCall(draft, channel, true)
  if (denied) {
    record(draft, 'verification.retry_denied', explain(denied))
    return { kind: 'denied', breach: denied }
  }
  for (const breach of observed) record(draft, 'verification.retry_observed', explain(breach))
  verification.retries += 1
  if (channel !== verification.channel) moveToStep(draft, channel)
  addLengths(verification, codeLengthsOf([[channel, draft.served.get(channel) ?? []]]))
  beginCall(draft, channel)
  return { kind: 'queued', verification: presentVerification(verification, attempts) }
}

/** A retry over the channel of a later step is that step. */
function moveToStep(draft: Draft, channel: Channel): void {
  const { verification } = draft
  const later = (step: Step, index: number) => index > verification.step && step.channel === channel
  const index = verification.workflow?.findIndex(later) ?? -1
  if (index === -1) return
  verification.step = index
  record(draft, 'step.begun', { step: index, channel, asked: true })
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
