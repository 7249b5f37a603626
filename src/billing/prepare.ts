import type { Tx } from '../db/client.ts'
import type { Draft } from '../draft/draft.ts'
import { lockFunds } from './funds.ts'
import type { CostLists } from './prices/cost-lists.ts'
import { type PriceLists, quote } from './prices/price-lists.ts'

type Parts = { priceLists: PriceLists; costLists?: () => Promise<CostLists> }

/**
 * Gives drafts the prices and costs that their decisions need. `ending`: those that may end a call; `calling`: those that may queue
 * one. Where one of these would set money aside, the funds of all tenants whose money can be touched are locked now; otherwise
 * nobody needs to know them, and they are locked when the movements are written.
 */
export async function prepareMoney(
  tx: Tx,
  { priceLists, costLists }: Parts,
  {
    all,
    ending = [],
    calling,
  }: { all: readonly Draft[]; ending?: readonly Draft[]; calling: readonly Draft[] },
): Promise<void> {
  for (const draft of calling) {
    const { tenantId } = draft.verification
    draft.price = quote(await priceLists.of(tenantId), draft.verification, draft.now)
    draft.mayCall = true
  }
  if (costLists) for (const draft of ending) draft.costs = await costLists()
  if (!calling.some(wouldReserve)) return
  const touching = all.filter(canTouchMoney)
  const funds = await lockFunds(
    tx,
    touching.map(({ verification }) => verification.tenantId),
  )
  for (const draft of touching) draft.funds = funds.get(draft.verification.tenantId) ?? null
}

const wouldReserve = ({ verification, price }: Draft) =>
  verification.livemode && price !== null && price.amountMicros > 0n

function canTouchMoney(draft: Draft): boolean {
  const { verification, attempts } = draft
  return (
    wouldReserve(draft) ||
    (verification.livemode &&
      attempts.some(({ charge, priceMicros }) => charge === 'reserved' && priceMicros))
  )
}
