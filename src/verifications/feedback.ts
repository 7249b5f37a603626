import type { ClientContext } from '../context.ts'
import { type Draft, record } from '../draft/draft.ts'
import type { Feedback } from '../values/feedback.ts'
import { changeOwn } from './change-own.ts'

/**
 * Notes what the client reports about the calls of a verification, at any time. Each reason counts once; the audit
 * names the provider of the last call.
 */
export async function giveFeedback(
  context: ClientContext,
  input: { id: string; reason: Feedback },
): Promise<void> {
  await changeOwn(context, input.id, { decide: (draft) => decideFeedback(draft, input.reason) })
}

export function decideFeedback(draft: Draft, reason: Feedback): { noted: boolean } {
  const { verification, attempts } = draft
  const before = verification.feedback ?? []
  if (before.includes(reason)) return { noted: false }
  verification.feedback = [...before, reason]
  const asked = attempts.findLast(({ placingAt }) => placingAt !== null)
  record(draft, 'verification.feedback', { reason, provider: asked?.provider ?? null })
  return { noted: true }
}
