import { createHash } from 'node:crypto'
import type { auditEvents } from '../db/schema/audit.ts'

export type AuditEvent = typeof auditEvents.$inferSelect

/** `prevHash` of the first event of a chain. */
export const CHAIN_START = Buffer.alloc(32)

/** SHA-256 over the previous hash and the event's fields, as one JSON array in a fixed order. */
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

/**
 * Whether `events` (oldest first) form a whole chain: every hash and link is right, up to the owner's head.
 */
export function isIntact(events: readonly AuditEvent[], head: { seq: number; hash: Buffer }): boolean {
  let prev: Buffer = CHAIN_START
  for (const [i, event] of events.entries()) {
    if (event.seq !== i + 1 || !event.prevHash.equals(prev) || !event.hash.equals(hashEvent(event)))
      return false
    prev = event.hash
  }
  return events.length === head.seq && prev.equals(head.hash)
}
