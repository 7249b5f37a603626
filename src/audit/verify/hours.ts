import type { Sql } from '../../db/client.ts'
import { type AuditRow, countOf, hashOfRow } from '../chain.ts'
import type { Leaf } from '../checkpoints/leaves.ts'
import { HOUR_MS } from '../checkpoints/seal.ts'
import { rowsOfSpan, type Span } from '../rows-of-span.ts'
import type { Archived } from './archived.ts'
import { type Checkpoint, leavesOf } from './checkpoints.ts'
import type { Findings } from './report.ts'

const READ = { columns: '*', cursor: 'checking' }

/** Does something with each row of a span, by time and id. Resolves to the number of their events. */
async function eachRow(sql: Sql, span: Span, work: (row: AuditRow) => unknown): Promise<number> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    let count = 0
    for await (const rows of rowsOfSpan<AuditRow>(tx, span, READ)) {
      for (const row of rows) {
        await work(row)
        count += countOf(row)
      }
    }
    return count
  })
}

/** Reports a row that does not match its hash, by its first event. */
function checkContent(event: AuditRow, findings: Findings): void {
  if (event.hash.equals(hashOfRow(event))) return
  const detail = 'its content does not match its hash'
  findings.add({ what: 'changed', event: event.id, ...placeOf(event), detail })
}

const placeOf = ({ verificationId, tenantId, seq, at }: AuditRow) => ({
  verificationId,
  tenantId: verificationId ? null : tenantId,
  seq,
  at,
})

/** Checks every row of a span against its hash. Resolves to the number of their events. */
export function checkContents(sql: Sql, span: Span, findings: Findings): Promise<number> {
  return eachRow(sql, span, (row) => checkContent(row, findings))
}

/**
 * Checks the rows of a sealed hour against their hashes and the sealed leaves, but for archived ones. Resolves to the
 * number of their events.
 */
export async function checkHour(
  sql: Sql,
  checkpoint: Checkpoint,
  archived: Archived,
  findings: Findings,
): Promise<number> {
  const leaves = keptLeaves(sql, checkpoint, archived)[Symbol.asyncIterator]()
  const { hour } = checkpoint
  const span = { from: hour, before: new Date(hour.getTime() + HOUR_MS) }
  let isWhole = true
  const count = await eachRow(sql, span, async (event) => {
    const { value: leaf } = isWhole ? await leaves.next() : { value: undefined }
    if (isWhole && leaf?.id !== event.id) {
      isWhole = false
      if (leaf && !(await find(sql, leaf))) await reportRemoved(sql, leaf, hour, findings)
      else if (leaf && (await wasSealed(sql, checkpoint, archived, event.id)))
        await reportMoved(sql, leaf, findings)
      else reportInserted(event, findings)
    }
    // After the leaf: an inserted event is reported as inserted, whatever its hash.
    checkContent(event, findings)
    if (isWhole && !leaf?.hash.equals(event.hash)) {
      isWhole = false
      reportChanged(event, findings)
    }
  })
  if (isWhole) {
    const { value: leaf } = await leaves.next()
    if (leaf && (await find(sql, leaf))) await reportMoved(sql, leaf, findings)
    else if (leaf) await reportRemoved(sql, leaf, hour, findings)
  }
  return count
}

type Sealed = Pick<Leaf, 'id' | 'verificationId'>

async function find(sql: Sql, { id, verificationId }: Sealed): Promise<AuditRow | null> {
  const owner = verificationId ? sql`verification_id = ${verificationId}` : sql`verification_id is null`
  const [row] = await sql<AuditRow[]>`select * from audit_events where ${owner} and id = ${id}`
  return row ?? null
}

/** The sealed rows of a checkpoint that should still be in the database. */
async function* keptLeaves(sql: Sql, { id }: Checkpoint, archived: Archived): AsyncIterable<Leaf> {
  for await (const leaf of leavesOf(sql, id)) if (!archived.meet(leaf)) yield leaf
}

async function wasSealed(sql: Sql, checkpoint: Checkpoint, archived: Archived, id: string): Promise<boolean> {
  for await (const leaf of leavesOf(sql, checkpoint.id)) {
    if (leaf.id === id) return !archived.has(leaf)
  }
  return false
}

function reportChanged(event: AuditRow, findings: Findings): void {
  const detail = 'another event was sealed under this id, although its content matches its hash'
  findings.add({ what: 'changed', event: event.id, ...placeOf(event), detail })
}

function reportInserted(event: AuditRow, findings: Findings): void {
  findings.add({
    what: 'inserted',
    event: event.id,
    ...placeOf(event),
    detail: 'it was added after its hour was sealed',
  })
}

async function reportMoved(sql: Sql, leaf: Sealed, findings: Findings): Promise<void> {
  const row = await find(sql, leaf)
  if (!row) return
  const detail = 'its time differs from the sealed one'
  findings.add({ what: 'changed', event: row.id, ...placeOf(row), detail })
}

async function reportRemoved(
  sql: Sql,
  { id, verificationId }: Sealed,
  hour: Date,
  findings: Findings,
): Promise<void> {
  const owner = verificationId ? await sql`select from verifications where id = ${verificationId}` : null
  const whole = owner?.count === 0 ? ', with its whole verification' : ''
  const detail = `it was sealed in this hour and is missing now${whole}`
  findings.add({ what: 'removed', event: id, verificationId, at: hour, detail })
}
