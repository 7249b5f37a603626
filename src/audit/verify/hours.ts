import type { Sql } from '../../db/client.ts'
import { type AuditEvent, hashEvent } from '../chain.ts'
import { HOUR_MS } from '../checkpoints/seal.ts'
import { type Checkpoint, leavesOf } from './checkpoints.ts'
import type { Findings } from './report.ts'

const BATCH = 2000

type Span = { from: Date | null; before: Date | null }

/** Events of a span by time and id. */
async function* eventsOf(sql: Sql, { from, before }: Span): AsyncIterable<AuditEvent> {
  const end = before ? sql`and at < ${before}` : sql``
  let last: AuditEvent | undefined
  for (;;) {
    const begin = last
      ? sql`(at, id) > (${last.at}, ${last.id})`
      : from
        ? sql`at >= ${from}`
        : sql`at >= '-infinity'`
    const rows: AuditEvent[] = await sql<AuditEvent[]>`
      select * from audit_events where ${begin} ${end} order by at, id limit ${BATCH}`
    yield* rows
    if (rows.length < BATCH) return
    last = rows.at(-1)
  }
}

/** Reports an event that does not match its hash. */
function checkContent(event: AuditEvent, findings: Findings): void {
  if (event.hash.equals(hashEvent(event))) return
  const detail = 'its content does not match its hash'
  findings.add({ what: 'changed', event: event.id, ...placeOf(event), detail })
}

const placeOf = ({ verificationId, tenantId, seq, at }: AuditEvent) => ({
  verificationId,
  tenantId: verificationId ? null : tenantId,
  seq,
  at,
})

/** Checks every event of a span against its hash. Resolves to their number. */
export async function checkContents(sql: Sql, span: Span, findings: Findings): Promise<number> {
  let count = 0
  for await (const event of eventsOf(sql, span)) {
    checkContent(event, findings)
    count += 1
  }
  return count
}

/**
 * Checks the events of a sealed hour against their hashes and the sealed leaves. Resolves to their number.
 */
export async function checkHour(sql: Sql, checkpoint: Checkpoint, findings: Findings): Promise<number> {
  const leaves = leavesOf(sql, checkpoint.id)[Symbol.asyncIterator]()
  const { hour } = checkpoint
  const span = { from: hour, before: new Date(hour.getTime() + HOUR_MS) }
  let count = 0
  let isWhole = true
  for await (const event of eventsOf(sql, span)) {
    count += 1
    const { value: leaf } = isWhole ? await leaves.next() : { value: undefined }
    if (isWhole && leaf?.id !== event.id) {
      isWhole = false
      if (leaf && !(await isThere(sql, leaf.id))) await reportRemoved(sql, leaf, hour, findings)
      else if (leaf && (await wasSealed(sql, checkpoint, event.id))) await reportMoved(sql, leaf, findings)
      else reportInserted(event, findings)
    }
    // After the leaf: an inserted event is reported as inserted, whatever its hash.
    checkContent(event, findings)
    if (isWhole && !leaf?.hash.equals(event.hash)) {
      isWhole = false
      reportChanged(event, findings)
    }
  }
  if (isWhole) {
    const { value: leaf } = await leaves.next()
    if (leaf && (await isThere(sql, leaf.id))) await reportMoved(sql, leaf, findings)
    else if (leaf) await reportRemoved(sql, leaf, hour, findings)
  }
  return count
}

async function isThere(sql: Sql, id: string): Promise<boolean> {
  return (await sql`select from audit_events where id = ${id}`).count > 0
}

async function wasSealed(sql: Sql, checkpoint: Checkpoint, id: string): Promise<boolean> {
  for await (const leaf of leavesOf(sql, checkpoint.id)) if (leaf.id === id) return true
  return false
}

function reportChanged(event: AuditEvent, findings: Findings): void {
  const detail = 'another event was sealed under this id, although its content matches its hash'
  findings.add({ what: 'changed', event: event.id, ...placeOf(event), detail })
}

function reportInserted(event: AuditEvent, findings: Findings): void {
  findings.add({
    what: 'inserted',
    event: event.id,
    ...placeOf(event),
    detail: 'it was added after its hour was sealed',
  })
}

async function reportMoved(sql: Sql, { id }: { id: string }, findings: Findings): Promise<void> {
  const [event] = await sql<AuditEvent[]>`select * from audit_events where id = ${id}`
  if (!event) return
  findings.add({
    what: 'changed',
    event: id,
    ...placeOf(event),
    detail: 'its time differs from the sealed one',
  })
}

async function reportRemoved(
  sql: Sql,
  { id, verificationId }: { id: string; verificationId: string | null },
  hour: Date,
  findings: Findings,
): Promise<void> {
  const owner = verificationId ? await sql`select from verifications where id = ${verificationId}` : null
  const whole = owner?.count === 0 ? ', with its whole verification' : ''
  const detail = `it was sealed in this hour and is missing now${whole}`
  findings.add({ what: 'removed', event: id, verificationId, at: hour, detail })
}
