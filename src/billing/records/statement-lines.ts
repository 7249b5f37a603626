import { type ClientContext, readersOf } from '../../context.ts'
import type { Tag } from '../../db/sql.ts'
import { csvTable } from '../../export/csv.ts'
import { csvCells } from '../../export/csv-cells.ts'
import { toAmount } from '../../values/money.ts'
import { changeOf } from '../posting.ts'
import type { StatementQuery } from './schemas.ts'
import { type Month, monthOf, readHead } from './statement.ts'

const BATCH = 200
const FILE = csvTable({
  at: 'plain',
  kind: 'plain',
  ledger: 'plain',
  verification: 'plain',
  attempt: 'plain',
  phone: 'plain',
  reason: 'text',
  reference: 'text',
  amount: 'plain',
  balance: 'plain',
  currency: 'plain',
})

/** Empty columns of the opening and closing lines. */
const NO_MOVEMENT = {
  ledger: null,
  verification: null,
  attempt: null,
  phone: null,
  reason: null,
  reference: null,
  amount: null,
}

/** The line before a page. */
type Place = { at: string; id: string }

/**
 * A month's statement as CSV: opening balance, every movement with the balance after it, closing balance. Calls that were
 * moved to an archive are one line.
 */
export async function* exportStatement(
  context: ClientContext,
  { month: name, bom }: StatementQuery,
): AsyncIterable<string> {
  yield FILE.header({ bom: bom === '1' })
  const month = monthOf(name)
  const { currency, opening } = await readHead(readersOf(context).sql, context, month)
  const edge = (kind: string, at: Date, micros: bigint, moved?: bigint) => {
    const amount = moved === undefined ? null : toAmount(moved)
    return FILE.line({
      ...NO_MOVEMENT,
      at: at.toISOString(),
      kind,
      amount,
      balance: toAmount(micros),
      currency,
    })
  }
  yield edge('opening', month.from, opening)
  const archived = await readArchived(context, month)
  let balance = opening - archived
  if (archived > 0n) yield edge('archived', month.from, balance, -archived)
  let after: Place | null = null
  do {
    const page: Page = await readLines(context, { ...month, currency, balance, after })
    if (page.text) yield page.text
    balance += page.movedMicros
    after = page.last
  } while (after)
  yield edge('closing', month.to, balance)
}

/** What was captured in a month for calls that lie in archives: those that began in it or in the month before. */
async function readArchived(context: ClientContext, { month, from, to }: Month): Promise<bigint> {
  const { actor } = context
  const first = `${month}-01`
  const [row] = await readersOf(context).sql<{ micros: bigint }[]>`
    select coalesce(sum(d.micros), 0)::bigint as micros
    from archives a cross join lateral jsonb_to_recordset(a.manifest::jsonb -> 'days')
      as d (tenant_id uuid, day timestamp, micros numeric)
    where a.month in (${first}::date, (${first}::date - interval '1 month')::date) and ${actor.livemode}
      and d.tenant_id = ${actor.tenantId} and d.day at time zone 'utc' >= ${from} and d.day at time zone 'utc' < ${to}`
  return row?.micros ?? 0n
}

type Page = { text: string; movedMicros: bigint; last: Place | null }
type From = Month & { currency: string; balance: bigint; after: Place | null }

/** A page of lines, oldest first, each with the balance after it. In index order: all pages cost the same. */
async function readLines(context: ClientContext, begin: From): Promise<Page> {
  const { actor } = context
  if (!actor.livemode) return { text: '', movedMicros: 0n, last: null }
  const { sql } = readersOf(context)
  const { from, to, currency, balance, after } = begin
  const behind = after ? sql`and (l.at, l.id) > (${after.at}::timestamptz, ${after.id})` : sql``
  const [page] = await sql<{ text: string; movedMicros: bigint; rows: bigint; at: string; id: string }[]>`
    select coalesce(string_agg(line, '' order by at, id), '') as text, coalesce(sum(amount_micros), 0)::bigint as moved_micros,
      count(*) as rows, (array_agg(at::text order by at desc, id desc))[1] as at,
      (array_agg(id order by at desc, id desc))[1] as id
    from (
      select at, id, amount_micros, ${toLine(sql, currency)} as line
      from (select *, ${balance}::bigint + sum(amount_micros) over (order by at, id) as balance
        from (
          select l.id, l.at, l.kind, l.attempt_id, l.verification_id, v.phone, l.reason, l.reference,
            ${sql.unsafe(changeOf('funds'))} as amount_micros
          from ledger_transactions l
          left join verifications v on v.id = l.verification_id
          where l.tenant_id = ${actor.tenantId} and l.at >= ${from} and l.at < ${to}
            and l.kind in ('capture', 'topup', 'adjustment') ${behind}
          order by l.at, l.id limit ${BATCH}) as moved) as balanced) as lines`
  if (!page) throw new Error('an aggregate returned no row')
  const { text, movedMicros, rows, ...last } = page
  return { text, movedMicros, last: rows < BATCH ? null : last }
}

function toLine(sql: Tag, currency: string) {
  const cells = csvCells(sql)
  return cells.line([
    cells.time(sql`at`),
    sql`case kind when 'capture' then 'call' else kind end`,
    cells.id('ledger', sql`id`),
    cells.id('verification', sql`verification_id`),
    cells.id('attempt', sql`attempt_id`),
    cells.word(sql`phone`),
    cells.text(sql`reason`),
    cells.text(sql`reference`),
    cells.amount(sql`amount_micros`),
    cells.amount(sql`balance`),
    sql`${currency}::text`,
  ])
}
