import type { Channel } from '../channels/channels.ts'
import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Attempt, Verification } from '../draft/rows.ts'
import { type Funds, lockBalances, lockFunds } from './funds.ts'
import { type Posting, postingsOf } from './posting.ts'
import { type Price, type PriceLists, quote } from './prices/price-lists.ts'

declare module '../draft/draft.ts' {
  interface Slices {
    /** The price of another call by channel, and the funds to pay it. A decision that may queue a call needs it. */
    call: Call
  }
}

/** The prices of another call by channel (absent: free), and the funds if one of them needs a hold. */
export type Call = { prices: ReadonlyMap<Channel, Price>; funds: Funds | null }

/** The parts of a draft that billing reads. */
export type Purse = {
  now: Date
  verification: Verification
  attempts: readonly Attempt[]
  funds: Funds | null
  postings: readonly Posting[]
}

/** A draft that may queue a call, and the channels that it may use. */
export type Caller = { purse: Purse; channels: readonly Channel[] }

/**
 * Prices another call of each caller, over each of its channels. If one of them needs a hold, locks the funds
 * of all tenants whose money the transaction may move; otherwise the funds are locked when the postings are
 * written.
 */
export async function lockCalls(
  tx: Tx,
  priceLists: PriceLists,
  callers: readonly Caller[],
  all: readonly Purse[],
): Promise<Call[]> {
  const prices = await Promise.all(callers.map((caller) => pricesOf(priceLists, caller)))
  const paying = callers.filter(({ purse }, i) => isPaid(purse.verification, prices[i]))
  if (paying.length === 0) return prices.map((each) => ({ prices: each, funds: null }))
  const purses = paying.map(({ purse }) => purse)
  const touching = all.filter((purse) => purses.includes(purse) || holdsMoney(purse))
  const funds = await lockFunds(
    tx,
    touching.map(({ verification }) => verification.tenantId),
  )
  const fundsOf = ({ verification: { tenantId } }: Purse) => funds.get(tenantId) ?? noFunds(tenantId)
  for (const purse of touching) purse.funds = fundsOf(purse)
  return callers.map((caller, i) => ({
    prices: prices[i] ?? new Map(),
    funds: paying.includes(caller) ? fundsOf(caller.purse) : null,
  }))
}

async function pricesOf(priceLists: PriceLists, { purse, channels }: Caller): Promise<Call['prices']> {
  const { verification, now } = purse
  const list = await priceLists.of(verification.tenantId)
  return new Map(
    channels.flatMap((channel) => {
      const price = quote(list, { channel, phone: verification.phone }, now)
      return price ? [[channel, price] as const] : []
    }),
  )
}

/** The funds of a missing tenant. */
const noFunds = (tenantId: string): Funds => ({
  tenantId,
  currency: '',
  availableMicros: 0n,
  spentTodayMicros: 0n,
})

const isPaid = ({ livemode }: Verification, prices: Call['prices'] | undefined) =>
  livemode && [...(prices?.values() ?? [])].some(({ amountMicros }) => amountMicros > 0n)

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
