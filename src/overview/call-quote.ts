import { type Price, quote } from '../billing/prices/price-lists.ts'
import type { Channel } from '../channels/channels.ts'
import type { ClientContext } from '../context.ts'
import { toMoney } from '../values/money.ts'

/** What a call would cost now. `phone`: a whole phone, or the beginning of one, with its `+`. */
export type CallQuote = {
  /** What the tenant pays; null: nothing. */
  price: Quoted | null
  /** The accounts of the route, in order. */
  accounts: {
    name: string
    provider: string
    /** What the operator charges; null: no cost is entered for it. */
    cost: Quoted | null
    /** Price less cost of a call that both are charged for; null for two currencies or an unknown cost. */
    earned: ReturnType<typeof toMoney> | null
  }[]
}

type Quoted = { money: ReturnType<typeof toMoney>; per: string; prefix: string }

/** Price and cost of a live call to `phone` over a channel, for the tenant that the caller acts for. */
export async function quoteCall(
  context: ClientContext,
  { phone, channel }: { phone: string; channel: Channel },
): Promise<CallQuote> {
  const { tenantId } = context.actor
  const [list, costs, route] = await Promise.all([
    context.priceLists.of(tenantId),
    context.costLists(),
    context.routing.candidates({ tenantId, livemode: true, phone, channel }),
  ])
  const now = new Date()
  const price = quote(list, { channel, phone }, now)
  return {
    price: price && present(price),
    accounts: route.map(({ name, provider, account }) => {
      const cost = costs.of(account.id, { channel, phone }, now)
      const isComparable = cost !== null && (price === null || price.currency === cost.currency)
      const earned = isComparable ? (price?.amountMicros ?? 0n) - cost.amountMicros : null
      return {
        name,
        provider: provider.name,
        cost: cost && present(cost),
        earned: earned === null || cost === null ? null : toMoney(earned, cost.currency),
      }
    }),
  }
}

const present = ({
  amountMicros,
  currency,
  per,
  prefix,
}: Pick<Price, 'amountMicros' | 'currency' | 'prefix'> & { per: string }): Quoted => ({
  money: toMoney(amountMicros, currency),
  per,
  prefix,
})
