import type { ClientContext } from '../context.ts'
import type { Draft } from '../draft/draft.ts'
import type { VerificationStatus } from '../values/statuses.ts'
import { changeOwn } from './change-own.ts'
import { notActive } from './confirm.ts'
import { presentVerification } from './present.ts'
import type { VerificationView } from './schemas.ts'
import { expire, isFinal, isOverdue, cancel as toCancelled } from './state.ts'

type CancelResult =
  | { kind: 'cancelled'; verification: VerificationView }
  | { kind: 'final'; status: VerificationStatus }

/** Cancels a verification for the client. A call already placed is still followed to its end. */
export async function cancel(context: ClientContext, input: { id: string }) {
  const result = await changeOwn(context, input.id, { decide: decideCancel })
  if (result.kind === 'final') throw notActive(result.status)
  return result.verification
}

export function decideCancel(draft: Draft): CancelResult {
  if (isOverdue(draft)) expire(draft)
  if (isFinal(draft.verification.status)) return { kind: 'final', status: draft.verification.status }
  toCancelled(draft, null)
  return { kind: 'cancelled', verification: presentVerification(draft.verification, draft.attempts) }
}
