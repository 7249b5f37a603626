import { type ClientContext, readersOf } from '../context.ts'
import { csvTable } from '../export/csv.ts'
import { publicId } from '../values/ids.ts'
import { type Page, toPage } from '../values/pages.ts'
import type { AuditEvent } from './chain.ts'
import { type EventFilter, filterOf } from './filter.ts'
import { presentEvent } from './read.ts'
import { readEvents } from './read-events.ts'
import type { AuditQuery, ListedEventView } from './schemas.ts'

/** Events an export holds in memory at once. */
const BATCH = 200

const FILE = csvTable({
  id: 'plain',
  at: 'plain',
  type: 'plain',
  verification: 'plain',
  seq: 'plain',
  actor: 'plain',
  request_id: 'text',
  data: 'text',
  hash: 'plain',
  prev_hash: 'plain',
})

export type ExportFormat = 'csv' | 'ndjson'

/**
 * Events of the tenant and its verifications, in the mode of the key. Only admins see events of the first
 * tenant itself.
 */
export async function listEvents(context: ClientContext, query: AuditQuery): Promise<Page<ListedEventView>> {
  const rows = await readEvents(readersOf(context), await filterOf(context, query), query.limit + 1)
  return toPage(rows, query.limit, presentListed)
}

/**
 * All matching events as text, page by page, in constant memory. To resume an interrupted export, pass the id
 * of the last complete event as `cursor`.
 */
export async function exportEvents(
  context: ClientContext,
  query: AuditQuery,
  format: ExportFormat,
): Promise<AsyncIterable<string>> {
  return toText(context, await filterOf(context, query), query, format)
}

async function* toText(
  context: ClientContext,
  filter: EventFilter,
  { bom }: AuditQuery,
  format: ExportFormat,
): AsyncIterable<string> {
  const toLine = format === 'csv' ? toCsvLine : (row: AuditEvent) => `${JSON.stringify(presentListed(row))}\n`
  let header = format === 'csv' ? FILE.header({ bom: bom === '1' }) : ''
  let { after } = filter
  for (;;) {
    const rows = await readEvents(readersOf(context), { ...filter, after }, BATCH)
    yield header + rows.map(toLine).join('')
    header = ''
    after = rows.at(-1) ?? null
    if (!after || rows.length < BATCH) return
  }
}

function presentListed(row: AuditEvent): ListedEventView {
  const verification = row.verificationId && publicId('verification', row.verificationId)
  return { ...presentEvent(row), verification, seq: row.seq }
}

function toCsvLine(row: AuditEvent): string {
  return FILE.line({ ...presentListed(row), data: row.data })
}
