import type { Step } from '../channels/channels.ts'
import { hasReached } from '../channels/reached.ts'
import type { Draft } from '../draft/draft.ts'
import type { Attempt, Verification } from '../draft/rows.ts'

/** The step after the current one; null after the last, and without a workflow. */
export const nextStep = ({ workflow, step }: Pick<Verification, 'workflow' | 'step'>): Step | null =>
  workflow?.[step + 1] ?? null

/** Whether the attempt belongs to the step that began last. */
export const isOfCurrentStep = ({ attempts }: Draft, attempt: Attempt): boolean =>
  attempt.step === attempts.at(-1)?.step

/** The round of the next step or retry. */
export const nextRound = ({ attempts }: Draft): number =>
  Math.max(-1, ...attempts.map(({ round }) => round)) + 1

/** A call in progress or with an unknown end may still reach the phone, or has. */
const UNPROVEN: readonly Attempt['status'][] = ['placing', 'placed', 'unknown']

const hasNotReached = ({ channel, status }: Attempt) =>
  !UNPROVEN.includes(status) && !hasReached(channel, status)

/** Whether the current step provably did not reach the phone. */
export const isUnreached = (draft: Draft): boolean =>
  draft.attempts.every((attempt) => !isOfCurrentStep(draft, attempt) || hasNotReached(attempt))

/** Sets the time at which the next step begins by itself: once the current step's seconds are over. */
export function waitForNext(draft: Draft): void {
  const { verification, now } = draft
  const { workflow, step, expiresAt } = verification
  const seconds = workflow?.[step]?.wait_seconds ?? 0
  const at = new Date(now.getTime() + seconds * 1000)
  verification.nextAt = null
  if (nextStep(verification) && at < expiresAt) schedule(draft, at)
}

/** Lets the next step begin at once: a worker takes the locks that it needs. */
export function hasten(draft: Draft): void {
  schedule(draft, draft.now)
}

/** The job carries the newest attempt, only to name the step in the log. */
function schedule(draft: Draft, at: Date): void {
  const { verification, now, attempts, jobs } = draft
  verification.nextAt = at
  const attempt = attempts.at(-1)
  if (!attempt) return
  const payload = { verification: verification.id, attempt: attempt.id }
  jobs.push({ name: 'next', payload, delayMs: at.getTime() - now.getTime() })
}
