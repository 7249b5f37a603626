import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Attempt, Verification } from '../draft/rows.ts'
import { type Funds, lockBalances, lockFunds } from './funds.ts'
import { type Posting, postingsOf } from './posting.ts'
import { type Price, type PriceLists, quote } from './prices/price-lists.ts'

declare module '../draft/draft.ts' {
  interface Slices {
    /** The price of another call and the funds to pay it. A decision that may queue a call needs it. */
    call: Call
  }
}

/** The price of another call (null: none). `paid` calls take a hold from `funds`. */
export type Call = { kind: 'free'; price: Price | null } | { kind: 'paid'; price: Price; funds: Funds }

/** The parts of a draft that billing reads. */
export type Purse = {
  now: Date
  verification: Verification
  attempts: readonly Attempt[]
  funds: Funds | null
  postings: readonly Posting[]
}

/**
 * Prices another call of each `calling` draft. If one of them needs a hold, locks the funds of all tenants
 * whose money the transaction may move; otherwise the funds are locked when the postings are written.
 */
export async function lockCalls(
  tx: Tx,
  priceLists: PriceLists,
  calling: readonly Purse[],
  all: readonly Purse[],
): Promise<Call[]> {
  const prices = await Promise.all(
    calling.map(async ({ verification, now }) =>
      quote(await priceLists.of(verification.tenantId), verification, now),
    ),
  )
  const paying = calling.filter(({ verification }, i) => isPaid(verification, prices[i] ?? null))
  if (paying.length === 0) return prices.map((price) => ({ kind: 'free', price }))
  const touching = all.filter((purse) => paying.includes(purse) || holdsMoney(purse))
  const funds = await lockFunds(
    tx,
    touching.map(({ verification }) => verification.tenantId),
  )
  const fundsOf = ({ verification: { tenantId } }: Purse) => funds.get(tenantId) ?? noFunds(tenantId)
  for (const purse of touching) purse.funds = fundsOf(purse)
  return calling.map((purse, i) => {
    const price = prices[i] ?? null
    if (!price || !isPaid(purse.verification, price)) return { kind: 'free', price }
    return { kind: 'paid', price, funds: fundsOf(purse) }
  })
}

/** The funds of a missing tenant. */
const noFunds = (tenantId: string): Funds => ({
  tenantId,
  currency: '',
  availableMicros: 0n,
  spentTodayMicros: 0n,
})

const isPaid = ({ livemode }: Verification, price: Price | null) =>
  livemode && price !== null && price.amountMicros > 0n

const holdsMoney = ({ verification, attempts }: Purse) =>
  verification.livemode && attempts.some(({ charge, priceMicros }) => charge === 'reserved' && priceMicros)

/** The statements that write the drafts' postings. */
export function savePostings(tx: Tx, purses: readonly Purse[]): Statement<object[]>[] {
  return [
    ...lockReleased(tx, purses),
    ...postingsOf(
      tx,
      purses.flatMap(({ postings }) => postings),
    ),
  ]
}

/** Releases lock funds before any other balance, in the order in which holds lock them. */
function lockReleased(tx: Tx, purses: readonly Purse[]): Statement<object[]>[] {
  const releasing = purses.filter(
    ({ funds, postings }) => !funds && postings.some(({ kind }) => kind === 'release'),
  )
  const tenants = new Set(releasing.map(({ verification }) => verification.tenantId))
  return tenants.size > 0 ? [lockBalances(tx, [...tenants])] : []
}
