import { type AuditEvent, hashEvent, idAfterInRow } from '../audit/chain.ts'
import type { Author } from '../context.ts'
import { newRowId } from '../values/ids.ts'

export const EVENT_TYPES = [
  'verification.created',
  'verification.denied',
  'hook.answered',
  'verification.calling',
  'verification.pending',
  'verification.delivered',
  'verification.approved',
  'verification.locked',
  'verification.failed',
  'verification.expired',
  'verification.cancelled',
  'verification.feedback',
  'verification.retry_denied',
  'verification.retry_observed',
  'step.begun',
  'step.skipped',
  'step.denied',
  'attempt.queued',
  'attempt.placing',
  'attempt.placed',
  'attempt.status',
  'attempt.rejected',
  'attempt.failed',
  'attempt.unclear',
  'attempt.unknown',
  'attempt.adopted',
  'attempt.other_caller',
  'attempt.released',
  'check.wrong',
  'check.right',
  'code.disclosed',
  'billing.reserved',
  'billing.captured',
  'billing.released',
] as const

export type EventType = (typeof EVENT_TYPES)[number]

/** The row that owns a chain; lock it before appending. */
export type ChainOwner = {
  id: string
  tenantId: string
  livemode: boolean
  auditSeq: number
  auditHead: Buffer
}

/**
 * Creates the next event of a verification's chain and advances the head. The caller writes both in the
 * transaction that the event records. `data` must hold no phone, address, reference, metadata, code or
 * secret. `previous`: the event before it in the transaction; one author's events share a row.
 */
export function appendEvent(
  owner: ChainOwner,
  previous: AuditEvent | undefined,
  author: Author,
  at: Date,
  type: EventType,
  data: Record<string, unknown>,
): AuditEvent {
  const event: Omit<AuditEvent, 'hash'> = {
    id: idAfter(previous, author) ?? newRowId(),
    tenantId: owner.tenantId,
    livemode: owner.livemode,
    verificationId: owner.id,
    seq: owner.auditSeq + 1,
    at,
    type,
    actor: author.actor,
    requestId: author.requestId,
    data: JSON.stringify(data),
    prevHash: owner.auditHead,
  }
  const hash = hashEvent(event)
  owner.auditSeq = event.seq
  owner.auditHead = hash
  return { ...event, hash }
}

function idAfter(previous: AuditEvent | undefined, { actor, requestId }: Author): string | null {
  if (!previous || previous.actor !== actor || previous.requestId !== requestId) return null
  return idAfterInRow(previous.id)
}
