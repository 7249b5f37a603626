import { createHash } from 'node:crypto'
import type { auditEvents } from '../db/schema/audit.ts'

/** A row: the events that one transaction appended to one chain. */
export type AuditRow = typeof auditEvents.$inferSelect

/** One event. */
export type AuditEvent = AuditRow

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

/** The id of the row of an event. */
export const rowIdOf = (eventId: string) => `${eventId.slice(0, -2)}00`

/** The events that a row can hold: their ids differ in the last byte. */
const ROW_MAX = 256

/** The id that follows in a row, or null if the row is full. */
export function idAfterInRow(eventId: string): string | null {
  const place = Number.parseInt(eventId.slice(-2), 16) + 1
  return place < ROW_MAX ? idInRow(eventId, place) : null
}

const idInRow = (rowId: string, place: number) =>
  `${rowId.slice(0, -2)}${place.toString(16).padStart(2, '0')}`

/** How many events a row holds. */
export const countOf = ({ type }: Pick<AuditRow, 'type'>) => type.split(' ').length

/** Writes events, oldest first, as rows: a row takes the events whose ids follow that of its first. */
export function toRows(events: readonly AuditEvent[]): AuditRow[] {
  const rows: AuditRow[] = []
  for (const event of events) {
    const row = rows.at(-1)
    if (row && rowIdOf(event.id) === rowIdOf(row.id)) {
      row.type += ` ${event.type}`
      row.data += `\n${event.data}`
      row.hash = event.hash
    } else rows.push({ ...event })
  }
  return rows
}

/**
 * The events of a row, oldest first. Hashes between the first and the last are computed; the last is the stored one, so
 * that a change of any event shows in it.
 */
export function expand(row: AuditRow): AuditEvent[] {
  const types = row.type.split(' ')
  if (types.length === 1) return [row]
  const lines = row.data.split('\n')
  let { prevHash } = row
  return types.map((type, i) => {
    const event = {
      ...row,
      // The stored one, so that its end is hashed too.
      id: i === 0 ? row.id : idInRow(row.id, i),
      seq: row.seq + i,
      type,
      data: dataOf(lines, i, types.length),
      prevHash,
    }
    const hash = i === types.length - 1 ? row.hash : hashEvent(event)
    prevHash = hash
    return { ...event, hash }
  })
}

/** All that is left belongs to the last event, so that the hash covers every line. */
const dataOf = (lines: readonly string[], i: number, count: number) =>
  i === count - 1 ? lines.slice(i).join('\n') : (lines[i] ?? '')

/** The hash of the row's last event, computed from everything that the row says. */
export function hashOfRow(row: AuditRow): Buffer {
  return hashEvent(expand(row).at(-1) ?? row)
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
