import { createHash } from 'node:crypto'
import type { auditEvents } from '../db/schema/audit.ts'

export type AuditEvent = typeof auditEvents.$inferSelect

/** What the first event of a chain follows. */
export const CHAIN_START = Buffer.alloc(32)

/** SHA-256 over the hash before and everything the event says, as one JSON array in a fixed order. */
export function hashEvent(event: Omit<AuditEvent, 'hash'>): Buffer {
  const text = JSON.stringify([
    event.id,
    event.tenantId,
    event.livemode,
    event.verificationId,
    event.seq,
    event.at.toISOString(),
    event.type,
    event.actor,
    event.requestId,
    event.data,
  ])
  return createHash('sha256').update(event.prevHash).update(text).digest()
}

/** Whether `events` (oldest first) are a whole chain: every link, every hash, up to the head that the owner keeps. */
export function isIntact(events: readonly AuditEvent[], head: { seq: number; hash: Buffer }): boolean {
  let prev: Buffer = CHAIN_START
  for (const [i, event] of events.entries()) {
    if (event.seq !== i + 1 || !event.prevHash.equals(prev) || !event.hash.equals(hashEvent(event)))
      return false
    prev = event.hash
  }
  return events.length === head.seq && prev.equals(head.hash)
}
