import { type ClientContext, readersOf } from '../../context.ts'
import type { auditCheckpoints } from '../../db/schema/index.ts'
import { afterCursor, type PageInput } from '../../input/cursor.ts'
import { publicId } from '../../values/ids.ts'
import { type Page, toPage } from '../../values/pages.ts'
import type { CheckpointView } from '../schemas.ts'

type Row = Omit<typeof auditCheckpoints.$inferSelect, 'number' | 'events'> & {
  number: bigint
  events: bigint
}

/** The installation's checkpoints, newest first. */
export async function listCheckpoints(
  context: ClientContext,
  query: PageInput,
): Promise<Page<CheckpointView>> {
  const after = afterCursor(query)
  const { sql } = readersOf(context)
  const rows = await sql<Row[]>`
    select * from audit_checkpoints
    ${after ? sql`where number < (select number from audit_checkpoints where id = ${after})` : sql``}
    order by number desc limit ${query.limit + 1}`
  return toPage(rows, query.limit, present)
}

function present(row: Row): CheckpointView {
  return {
    id: publicId('checkpoint', row.id),
    number: Number(row.number),
    hour: row.hour.toISOString(),
    events: Number(row.events),
    prev_hash: row.prevHash.toString('hex'),
    hash: row.hash.toString('hex'),
    signature: row.signature,
    created_at: row.createdAt.toISOString(),
  }
}
