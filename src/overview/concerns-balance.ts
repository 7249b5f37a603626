import { getBalance } from '../billing/balance.ts'
import type { ClientContext } from '../context.ts'
import { parseAmount } from '../values/money.ts'
import type { Concern } from './concern.ts'

const CALLS_MIN = 20n

/** Whether the tenant's balance is used up or lasts for fewer than twenty calls. Free calls need none. */
export async function findBalanceConcerns(context: ClientContext): Promise<Concern[]> {
  const [{ available }, list] = await Promise.all([
    getBalance(context),
    context.priceLists.of(context.actor.tenantId),
  ])
  const amounts = [list.own, list.defaults]
    .flatMap((tariffs) => [...tariffs.values()].flat())
    .filter(({ currency, amountMicros }) => currency === list.currency && amountMicros > 0n)
    .map(({ amountMicros }) => amountMicros)
  const cheapest = amounts.reduce<bigint | null>(
    (least, one) => (least === null || one < least ? one : least),
    null,
  )
  if (cheapest === null) return []
  const parsed = parseAmount(available.amount)
  // `parseAmount` rejects negative amounts.
  const micros = 'micros' in parsed ? parsed.micros : 0n
  if (micros < cheapest) return [{ kind: 'own_balance_empty', available }]
  return micros < cheapest * CALLS_MIN ? [{ kind: 'own_balance_low', available }] : []
}
