import type { ClientContext } from '../../context.ts'
import { csvHeader, csvLine } from '../../csv.ts'
import { publicId } from '../../ids.ts'
import { primed } from '../../stream.ts'
import { toAmount } from '../money.ts'
import type { StatementQuery } from './schemas.ts'
import { type Month, monthOf, readHead } from './statement.ts'

const BATCH = 500
const COLUMNS = [
  'at',
  'kind',
  'ledger',
  'verification',
  'attempt',
  'phone',
  'reason',
  'reference',
  'amount',
  'balance',
  'currency',
]

type Line = {
  id: string
  at: Date
  kind: string
  attemptId: string | null
  verificationId: string | null
  phone: string | null
  reason: string | null
  reference: string | null
  amountMicros: bigint
}

/** A month's statement as CSV: every movement with the balance after it, oldest first, between the opening and the closing balance. */
export function exportStatement(
  context: ClientContext,
  query: StatementQuery,
): Promise<AsyncIterable<string>> {
  return primed(toCsv(context, query), context.log)
}

async function* toCsv(context: ClientContext, { month: name, bom }: StatementQuery): AsyncIterable<string> {
  yield csvHeader(COLUMNS, { bom: bom === '1' })
  const month = monthOf(name)
  const { currency, opening } = await readHead(context.db.sql, context, month)
  const edge = (kind: string, at: Date, micros: bigint) =>
    csvLine([at.toISOString(), kind, ...Array(6).fill(null), null, toAmount(micros), currency])
  let balance = opening
  yield edge('opening', month.from, balance)
  let after: Pick<Line, 'id' | 'at'> | null = null
  for (;;) {
    const lines: Line[] = context.actor.livemode ? await readLines(context, month, after) : []
    let text = ''
    for (const line of lines) {
      balance += line.amountMicros
      text += toLine(line, balance, currency)
    }
    if (text) yield text
    after = lines.at(-1) ?? null
    if (!after || lines.length < BATCH) break
  }
  yield edge('closing', month.to, balance)
}

function toLine(line: Line, balance: bigint, currency: string): string {
  return csvLine([
    line.at.toISOString(),
    line.kind === 'capture' ? 'call' : line.kind,
    publicId('ledger', line.id),
    line.verificationId && publicId('verification', line.verificationId),
    line.attemptId && publicId('attempt', line.attemptId),
    line.phone,
    line.reason,
    line.reference,
    toAmount(line.amountMicros),
    toAmount(balance),
    currency,
  ])
}

/** In the order of an index, so that each page costs as much as the first. */
function readLines(
  { db: { sql }, actor }: ClientContext,
  { from, to }: Month,
  after: Pick<Line, 'id' | 'at'> | null,
): Promise<Line[]> {
  const behind = after ? sql`and (l.at, l.id) > (${after.at}, ${after.id})` : sql``
  return sql<Line[]>`
    select l.id, l.at, l.kind, l.attempt_id, a.verification_id, v.phone, l.reason, l.reference, e.amount_micros
    from ledger_transactions l
    join ledger_entries e on e.transaction_id = l.id and e.account in ('funds', 'reserved')
    left join attempts a on a.id = l.attempt_id
    left join verifications v on v.id = a.verification_id
    where l.tenant_id = ${actor.tenantId} and l.at >= ${from} and l.at < ${to}
      and l.kind in ('capture', 'topup', 'adjustment') ${behind}
    order by l.at, l.id limit ${BATCH}`
}
