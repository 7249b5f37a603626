import { author, type ClientContext, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import type { Draft } from '../draft/draft.ts'
import { AppError } from '../errors.ts'
import type { Breach } from '../limits/breach.ts'
import { refusalOf } from '../limits/refusal.ts'
import type { VerificationStatus } from '../values/statuses.ts'
import { changeOwn } from './change-own.ts'
import { notActive } from './confirm.ts'
import { presentVerification } from './present.ts'
import type { VerificationView } from './schemas.ts'
import { requireSandbox } from './start.ts'
import { expire, isFinal, isOverdue } from './state.ts'
import { BEGIN, type Begin, beginNext } from './step.ts'
import { nextStep } from './workflow.ts'

type NextResult =
  | { kind: 'begun'; verification: VerificationView }
  | { kind: 'final'; status: VerificationStatus }
  | { kind: 'in_progress' }
  | { kind: 'no_next' }
  | { kind: 'denied'; breach: Breach }

/** Begins the next step of the workflow now, because the client asks for it. */
export async function next(context: ClientContext, input: { id: string }) {
  requireSandbox(context.actor.livemode, context.config.SANDBOX_URL)
  const result = await changeOwn(context, input.id, { needs: BEGIN, decide: decideNext })
  if (result.kind !== 'begun') throw refusal(result)
  return result.verification
}

export function decideNext(draft: Draft<Begin>): NextResult {
  const { verification, attempts } = draft
  if (isOverdue(draft)) expire(draft)
  if (isFinal(verification.status)) return { kind: 'final', status: verification.status }
  if (attempts.some(({ status }) => status === 'queued' || status === 'placing'))
    return { kind: 'in_progress' }
  if (!nextStep(verification)) return { kind: 'no_next' }
  const begun = beginNext(draft, { asked: true })
  if (begun === 'begun') return { kind: 'begun', verification: presentVerification(verification, attempts) }
  return begun === 'none' ? { kind: 'no_next' } : { kind: 'denied', breach: begun }
}

function refusal(result: Exclude<NextResult, { kind: 'begun' }>): AppError {
  switch (result.kind) {
    case 'final':
      return notActive(result.status)
    case 'in_progress':
      return new AppError('attempt_in_progress', { retryAfterSeconds: 1 })
    case 'no_next':
      return new AppError('no_next_channel')
    case 'denied':
      return refusalOf(result.breach)
  }
}

/** Begins the next step of a verification if it is due. For the worker and the sweep. */
export async function moveOn(context: Context, { verification }: { verification: string }): Promise<void> {
  await change(context, {
    verificationId: verification,
    owner: null,
    author: author(context),
    needs: BEGIN,
    decide: decideMoveOn,
  })
}

export function decideMoveOn(draft: Draft<Begin>): void {
  const { verification, now } = draft
  if (isOverdue(draft)) expire(draft)
  // A process of a version without workflows ended it.
  if (isFinal(verification.status)) verification.nextAt = null
  if (verification.nextAt === null || verification.nextAt > now) return
  beginNext(draft, { asked: false })
}
