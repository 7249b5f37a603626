import { isPhone } from '../../db/conditions.ts'
import type { ReadDb } from '../../db/readers.ts'
import type { Tag } from '../../db/sql.ts'
import type { Attempt } from '../../draft/rows.ts'
import { csvCells, type Sqlish } from '../../export/csv-cells.ts'
import { idAfter, idBefore } from '../../values/ids.ts'
import { OVER_AFTER_MS } from '../../values/lifetimes.ts'

export type RecordRow = Pick<
  Attempt,
  | 'id'
  | 'verificationId'
  | 'ordinal'
  | 'channel'
  | 'provider'
  | 'status'
  | 'statusDetail'
  | 'charge'
  | 'priceMicros'
  | 'priceCurrency'
  | 'costMicros'
  | 'costCurrency'
> & { phone: string; placedAt: Date }

/** The row before a page. */
export type Place = { verificationId: string; ordinal: number }

export type RecordFilter = {
  tenantId: string
  livemode: boolean
  phone: string | null
  from: Date | null
  to: Date | null
  after?: Place | null
}

/** Placed calls by verification, newest first; an index has this order. */
export async function readRecords(
  { sql }: Pick<ReadDb, 'sql'>,
  filter: RecordFilter,
  limit: number,
): Promise<RecordRow[]> {
  return select(sql, filter, limit)
}

/** A page of them as CSV, and its last row; null: no further page. */
export async function readRecordLines(
  { sql }: Pick<ReadDb, 'sql'>,
  filter: RecordFilter & { currency: string },
  limit: number,
): Promise<{ text: string; last: Place | null }> {
  const [page] = await sql<{ text: string; rows: bigint; verificationId: string; ordinal: number }[]>`
    select coalesce(string_agg(line, '' order by verification_id desc, ordinal desc), '') as text, count(*) as rows,
      (array_agg(verification_id order by verification_id, ordinal))[1] as verification_id,
      (array_agg(ordinal order by verification_id, ordinal))[1] as ordinal
    from (select verification_id, ordinal, ${toLine(sql, filter.currency)} as line from (${select(sql, filter, limit)}) r) as lines`
  if (!page) throw new Error('an aggregate returned no row')
  const { text, rows, ...last } = page
  return { text, last: rows < limit ? null : last }
}

function toLine(sql: Tag, tenantCurrency: string) {
  const cells = csvCells(sql)
  const ifDecided = (cell: Sqlish) => sql`case when charge = 'reserved' then '' else ${cell} end`
  const ifKnown = (cell: Sqlish) => sql`case when cost_micros is null then '' else ${cell} end`
  return cells.line([
    cells.id('ledger', sql`id`),
    cells.time(sql`placed_at`),
    cells.id('verification', sql`verification_id`),
    cells.id('attempt', sql`id`),
    cells.word(sql`phone`),
    cells.word(sql`channel`),
    cells.word(sql`provider`),
    cells.word(sql`status`),
    cells.text(sql`status_detail`),
    ifDecided(cells.amount(sql`case when charge = 'captured' then coalesce(price_micros, 0) else 0 end`)),
    ifDecided(cells.word(sql`coalesce(price_currency, ${tenantCurrency})`)),
    cells.amount(sql`cost_micros`),
    ifKnown(cells.word(sql`coalesce(cost_currency, ${tenantCurrency})`)),
  ])
}

function select(sql: Tag, { tenantId, livemode, phone, from, to, after }: RecordFilter, limit: number) {
  const ofPhone = phone === null ? sql`` : isPhone(sql, phone)
  const since = from ? sql`and v.id >= ${idBefore(new Date(from.getTime() - OVER_AFTER_MS))}` : sql``
  const until = to ? sql`and v.id <= ${idAfter(to)}` : sql``
  const placedSince = from ? sql`and placed_at >= ${from}` : sql``
  const placedUntil = to ? sql`and placed_at <= ${to}` : sql``
  const behind = after
    ? sql`and v.id <= ${after.verificationId} and (v.id < ${after.verificationId} or a.ordinal < ${after.ordinal})`
    : sql``
  // `offset 0` makes the planner follow the index, verification by verification: every page costs the same.
  return sql<RecordRow[]>`
    select a.id, a.verification_id, a.ordinal, v.phone, a.placed_at, a.channel, a.provider, a.status, a.status_detail,
      a.charge, a.price_micros, a.price_currency, a.cost_micros, a.cost_currency
    from verifications v cross join lateral (
      select * from attempts
      where verification_id = v.id and placed_at is not null ${placedSince} ${placedUntil} offset 0) a
    where v.tenant_id = ${tenantId} and v.livemode = ${livemode} ${ofPhone} ${since} ${until} ${behind}
    order by v.id desc, a.ordinal desc limit ${limit}`
}
