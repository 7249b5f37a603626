import { author, type ClientContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { parseId } from '../ids.ts'
import { change } from './change.ts'
import { notActive } from './confirm.ts'
import type { Draft, Verification, VerificationStatus } from './draft.ts'
import { presentVerification } from './present.ts'
import { cancel as toCancelled, expire, isFinal, isOverdue } from './state.ts'

type CancelResult =
  | { kind: 'cancelled'; verification: Verification }
  | { kind: 'final'; status: VerificationStatus }

/** Ends a verification for the client. A call that is already out is followed to its end all the same. */
export async function cancel(context: ClientContext, input: { id: string }) {
  const verificationId = parseId('verification', input.id)
  const changed = verificationId
    ? await change(context, {
        verificationId,
        owner: context.actor,
        author: author(context),
        decide: decideCancel,
      })
    : ({ found: false } as const)
  if (!changed.found) throw new AppError('not_found', { detail: 'There is no such verification.' })
  if (changed.result.kind === 'final') throw notActive(changed.result.status)
  return presentVerification(changed.result.verification)
}

export function decideCancel(draft: Draft): CancelResult {
  if (isOverdue(draft)) expire(draft)
  if (isFinal(draft.verification.status)) return { kind: 'final', status: draft.verification.status }
  toCancelled(draft, null)
  return { kind: 'cancelled', verification: { ...draft.verification } }
}
