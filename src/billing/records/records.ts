import { type ClientContext, readersOf } from '../../context.ts'
import { invalid } from '../../errors.ts'
import { csvTable } from '../../export/csv.ts'
import { askedPhone } from '../../input/asked-phone.ts'
import { publicId } from '../../values/ids.ts'
import { toMoney } from '../../values/money.ts'
import type { Page } from '../../values/pages.ts'
import { type Place, type RecordFilter, type RecordRow, readRecordLines, readRecords } from './rows.ts'
import type { RecordsQuery, RecordView } from './schemas.ts'

/** Rows an export holds in memory at once. */
const BATCH = 200

const FILE = csvTable({
  id: 'plain',
  at: 'plain',
  verification: 'plain',
  attempt: 'plain',
  phone: 'plain',
  channel: 'plain',
  provider: 'plain',
  status: 'plain',
  status_info: 'text',
  price: 'plain',
  price_currency: 'plain',
  cost: 'plain',
  cost_currency: 'plain',
})

/** The tenant's placed calls with their prices and costs, newest verification first. */
export async function listRecords(context: ClientContext, query: RecordsQuery): Promise<Page<RecordView>> {
  const filter = filterOf(context, query)
  const currency = await currencyOf(context)
  const rows = await readRecords(
    readersOf(context),
    { ...filter, after: readPlace(query.cursor) },
    query.limit + 1,
  )
  const shown = rows.slice(0, query.limit)
  const last = rows.length > query.limit ? shown.at(-1) : undefined
  return { data: shown.map((row) => present(row, currency)), next_cursor: last ? writePlace(last) : null }
}

/** All matching records as CSV, page by page, in constant memory. */
export function exportRecords(context: ClientContext, query: RecordsQuery): AsyncIterable<string> {
  return toCsv(context, filterOf(context, query), query)
}

async function* toCsv(
  context: ClientContext,
  filter: RecordFilter,
  { bom, cursor }: RecordsQuery,
): AsyncIterable<string> {
  const whole = { ...filter, currency: await currencyOf(context) }
  let after = readPlace(cursor)
  yield FILE.header({ bom: bom === '1' })
  do {
    const { text, last } = await readRecordLines(readersOf(context), { ...whole, after }, BATCH)
    if (text) yield text
    after = last
  } while (after)
}

function filterOf({ actor }: ClientContext, { from, to, phone }: RecordsQuery): RecordFilter {
  const { tenantId, livemode, defaultRegion } = actor
  return { tenantId, livemode, phone: askedPhone(phone, defaultRegion), from: from ?? null, to: to ?? null }
}

async function currencyOf({ priceLists, actor }: ClientContext): Promise<string> {
  return (await priceLists.of(actor.tenantId)).currency
}

function present(row: RecordRow, currency: string): RecordView {
  const paid = row.charge === 'captured' ? (row.priceMicros ?? 0n) : 0n
  return {
    id: publicId('ledger', row.id),
    at: row.placedAt.toISOString(),
    verification: publicId('verification', row.verificationId),
    attempt: publicId('attempt', row.id),
    phone: row.phone,
    channel: row.channel,
    provider: row.provider,
    status: row.status,
    status_info: row.statusDetail,
    price: row.charge === 'reserved' ? null : toMoney(paid, row.priceCurrency ?? currency),
    cost: row.costMicros === null ? null : toMoney(row.costMicros, row.costCurrency ?? currency),
  }
}

const PLACE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (\d{1,5})$/

function readPlace(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null
  const [, verificationId, ordinal] = PLACE.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (!verificationId) throw invalid('cursor', 'cursor')
  return { verificationId, ordinal: Number(ordinal) }
}

function writePlace({ verificationId, ordinal }: Place): string {
  return Buffer.from(`${verificationId} ${ordinal}`).toString('base64url')
}
