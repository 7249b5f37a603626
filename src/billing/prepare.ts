import type { Tx } from '../db/client.ts'
import type { Draft } from '../verifications/draft.ts'
import { lockFunds } from './funds.ts'
import type { CostLists } from './prices/cost-lists.ts'
import { type PriceLists, quote } from './prices/price-lists.ts'

type Parts = { priceLists: PriceLists; costLists?: () => Promise<CostLists> }

/**
 * Gives drafts the prices and costs that their decisions need, and locks the funds of those tenants, and only those, whose money
 * they can touch. `calling`: those that may queue a call.
 */
export async function prepareMoney(
  tx: Tx,
  { priceLists, costLists }: Parts,
  { all, calling }: { all: readonly Draft[]; calling: readonly Draft[] },
): Promise<void> {
  for (const draft of calling) {
    const { tenantId } = draft.verification
    draft.price = quote(await priceLists.of(tenantId), draft.verification, draft.now)
    if (costLists) draft.costs = await costLists()
  }
  const touching = all.filter(canTouchMoney)
  if (touching.length === 0) return
  const funds = await lockFunds(
    tx,
    touching.map(({ verification }) => verification.tenantId),
  )
  for (const draft of touching) draft.funds = funds.get(draft.verification.tenantId) ?? null
}

function canTouchMoney({ verification, price, attempts }: Draft): boolean {
  if (!verification.livemode) return false
  return (
    (price !== null && price.amountMicros > 0n) ||
    attempts.some(({ charge, priceMicros }) => charge === 'reserved' && priceMicros)
  )
}
