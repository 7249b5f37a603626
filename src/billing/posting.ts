import type { Tx } from '../db/client.ts'
import { insertRows } from '../db/rows.ts'
import { type LEDGER_ACCOUNTS, ledgerEntries, ledgerTransactions } from '../db/schema/index.ts'
import { newId } from '../ids.ts'

export type LedgerAccount = (typeof LEDGER_ACCOUNTS)[number]
export type Transaction = typeof ledgerTransactions.$inferSelect

/** A balanced movement of money: so much out of one account and into the other, of the same owner. */
export type Posting = Omit<Transaction, 'id'> & {
  id: string
  ownerId: string
  from: LedgerAccount
  to: LedgerAccount
  amountMicros: bigint
  currency: string
  /** The day (UTC) whose spend it adds to or takes from, and by how much. */
  spend: { day: string; micros: bigint } | null
}

type Common = Pick<Posting, 'ownerId' | 'from' | 'to' | 'amountMicros' | 'currency' | 'kind' | 'actor' | 'at'>

/** A posting with what most of them leave out. */
export function newPosting(common: Common, more: Partial<Posting> = {}): Posting {
  const absent = { attemptId: null, tenantId: null, findingId: null, reason: null, reference: null }
  return { id: newId(), ...absent, spend: null, ...common, ...more }
}

/** Writes postings as multi-row statements sent together. The balances follow by a trigger. */
export async function savePostings(tx: Tx, postings: readonly Posting[]): Promise<void> {
  if (postings.length === 0) return
  await Promise.all([
    insertRows(tx, ledgerTransactions, postings),
    insertRows(tx, ledgerEntries, postings.flatMap(toEntries)),
    saveSpend(tx, postings),
  ])
}

function toEntries({ id, ownerId, currency, from, to, amountMicros }: Posting) {
  const common = { transactionId: id, ownerId, currency }
  return [
    { ...common, position: 1, account: from, amountMicros: -amountMicros },
    { ...common, position: 2, account: to, amountMicros },
  ]
}

async function saveSpend(tx: Tx, postings: readonly Posting[]): Promise<void> {
  const days = new Map<string, { tenant_id: string; day: string; micros: bigint }>()
  for (const { ownerId, spend } of postings) {
    if (!spend) continue
    const key = `${ownerId} ${spend.day}`
    const known = days.get(key) ?? { tenant_id: ownerId, day: spend.day, micros: 0n }
    days.set(key, { ...known, micros: known.micros + spend.micros })
  }
  const rows = [...days.values()]
    .filter(({ micros }) => micros !== 0n)
    .map((row) => ({ ...row, micros: row.micros.toString() }))
  if (rows.length === 0) return
  await tx`
    insert into daily_spend as d (tenant_id, day, spent_micros)
    select tenant_id, day, micros
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (tenant_id uuid, day date, micros bigint)
    order by tenant_id, day
    on conflict (tenant_id, day) do update set spent_micros = d.spent_micros + excluded.spent_micros`
}
