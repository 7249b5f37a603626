import type { ClientContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { parseId, publicId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import { type AuditEvent, type AuditRow, CHAIN_START, expand, isIntact } from './chain.ts'

type Row = AuditRow & { headSeq: number; headHash: Buffer }

/** More than a verification can have. */
const ROWS_MAX = 1000

/** The events of a verification, oldest first, and the state of their chain. Throws 404 if unknown. */
export async function readAudit({ db, actor }: ClientContext, input: { id: string }) {
  const id = parseId('verification', input.id)
  // One statement, so that events and head come from one snapshot.
  const rows = id
    ? await db.sql<Row[]>`
        select e.*, v.audit_seq as head_seq, v.audit_head as head_hash
        from verifications v join audit_events e on e.verification_id = v.id
        where v.id = ${id} and v.tenant_id = ${actor.tenantId} and v.livemode = ${actor.livemode}
        order by e.seq limit ${ROWS_MAX}`
    : []
  const [first] = rows
  if (!first) throw new AppError('not_found', { detail: say('unknown_verification') })
  const head = { seq: first.headSeq, hash: first.headHash ?? CHAIN_START }
  const events = rows.flatMap(expand)
  return {
    data: events.map(presentEvent),
    chain: isIntact(events, head) ? ('intact' as const) : ('broken' as const),
  }
}

/** An audit event as clients see it. */
export function presentEvent(event: AuditEvent) {
  return {
    id: publicId('event', event.id),
    at: event.at.toISOString(),
    type: event.type,
    actor: event.actor,
    request_id: event.requestId,
    data: read(event.data),
    hash: event.hash.toString('hex'),
    prev_hash: event.prevHash.toString('hex'),
  }
}

/** Nothing of what somebody has made unreadable. */
function read(data: string): Record<string, unknown> {
  try {
    return JSON.parse(data) as Record<string, unknown>
  } catch {
    return {}
  }
}
