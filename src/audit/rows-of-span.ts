import type { Tx } from '../db/client.ts'

/** Rows per read. */
const BATCH = 2048

/** From `from` to before `before`; null: without end. */
export type Span = { from: Date | null; before: Date | null }

/**
 * The rows of a span of time by time and id, in pages, from one cursor: their order has no index of its own. `columns`:
 * SQL; `cursor`: one name for the same columns.
 */
export async function* rowsOfSpan<T extends object>(
  tx: Tx,
  { from, before }: Span,
  { columns, cursor }: { columns: string; cursor: string },
): AsyncIterable<readonly T[]> {
  await tx`
    declare ${tx.unsafe(cursor)} no scroll cursor for select ${tx.unsafe(columns)} from audit_events
    where at >= ${from ?? '-infinity'}::timestamptz and at < ${before ?? 'infinity'}::timestamptz order by at, id`
  for (;;) {
    const rows = await tx<T[]>`${tx.unsafe(`fetch ${BATCH} from ${cursor}`)}`
    if (rows.length > 0) yield rows
    if (rows.length < BATCH) break
  }
  await tx`close ${tx.unsafe(cursor)}`
}
