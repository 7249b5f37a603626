import type { Tx } from '../db/client.ts'
import { inserts } from '../db/rows.ts'
import { type LEDGER_ACCOUNTS, ledgerTransactions } from '../db/schema/index.ts'
import type { Statement } from '../db/sql.ts'
import { newId } from '../values/ids.ts'

declare module '../draft/draft.ts' {
  interface BareDraft {
    /** Movements of money, written with the draft. */
    postings: Posting[]
  }
}

export type LedgerAccount = (typeof LEDGER_ACCOUNTS)[number]
export type Transaction = typeof ledgerTransactions.$inferSelect

/** A movement of money between two ledger accounts of one owner. */
export type Posting = Transaction & {
  /** Its change to the sums of a day (UTC). */
  daily: Daily | null
}

/** `spent`: holds for calls queued on the day; `captured`: captures on the day. */
export type Daily = { day: string; spent: bigint; captured: bigint }

type Movement = Pick<Posting, 'ownerId' | 'amountMicros' | 'currency' | 'kind' | 'actor' | 'at'> & {
  from: LedgerAccount
  to: LedgerAccount
}

/**
 * SQL for what a row `l` of `ledger_transactions` adds to an account (negative: takes from it). For a capture,
 * `funds` stands for the tenant's balance: funds and reserved.
 */
export const changeOf = (account: LedgerAccount) =>
  `case when l.to_account = '${account}' then l.amount_micros else -l.amount_micros end`

/** Creates a posting; absent optional fields are null. A negative amount moves money the other way. */
export function newPosting(
  { from, to, amountMicros, ...common }: Movement,
  more: Partial<Posting> = {},
): Posting {
  const [fromAccount, toAccount] = amountMicros < 0n ? [to, from] : [from, to]
  const movement = { fromAccount, toAccount, amountMicros: amountMicros < 0n ? -amountMicros : amountMicros }
  const call = { verificationId: null, attemptId: null, tenantId: null }
  const note = { findingId: null, reason: null, reference: null }
  return { id: newId(), ...call, ...note, daily: null, ...common, ...movement, ...more }
}

/** The statements that write postings. A trigger updates the balances. */
export function postingsOf(tx: Tx, postings: readonly Posting[]): Statement<object[]>[] {
  return [...inserts(tx, ledgerTransactions, postings), ...dailyOf(tx, postings)]
}

/** Writes postings, in statements sent together. */
export async function savePostings(tx: Tx, postings: readonly Posting[]): Promise<void> {
  await Promise.all(postingsOf(tx, postings))
}

function dailyOf(tx: Tx, postings: readonly Posting[]): Statement<object[]>[] {
  const days = new Map<string, Daily & { tenant: string; calls: number }>()
  for (const { ownerId, daily } of postings) {
    if (!daily) continue
    const key = `${ownerId} ${daily.day}`
    const sum = days.get(key) ?? { tenant: ownerId, day: daily.day, spent: 0n, captured: 0n, calls: 0 }
    sum.spent += daily.spent
    sum.captured += daily.captured
    sum.calls += daily.captured > 0n ? 1 : 0
    days.set(key, sum)
  }
  if (days.size === 0) return []
  const rows = [...days.values()].map((row) => ({
    ...row,
    spent: row.spent.toString(),
    captured: row.captured.toString(),
  }))
  return [
    tx`
    insert into daily_spend as d (tenant_id, day, spent_micros, captured_micros, captured_calls)
    select tenant, day, spent, captured, calls
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as r (tenant uuid, day date, spent bigint, captured bigint, calls bigint)
    order by tenant, day
    on conflict (tenant_id, day) do update set spent_micros = d.spent_micros + excluded.spent_micros,
      captured_micros = d.captured_micros + excluded.captured_micros,
      captured_calls = d.captured_calls + excluded.captured_calls`,
  ]
}
