import { isNull } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { accountCosts, accountStates } from '../../db/schema/index.ts'
import type { Caches } from '../../process/caches.ts'
import { arrange, lookUp, type Tariffs } from './tariff.ts'

declare module '../../draft/draft.ts' {
  interface Slices {
    /** Operators' charges. A decision that may end a call needs it. */
    costs: CostLists
  }
}

declare module '../../context.ts' {
  interface App {
    costLists: () => Promise<CostLists>
  }
}

export type Cost = Pick<
  typeof accountCosts.$inferSelect,
  'prefix' | 'channel' | 'currency' | 'amountMicros' | 'validFrom' | 'per'
>

/** Costs per provider account, and the currency of the account's operator. */
export type CostLists = {
  of(accountId: string, call: { channel: string; phone: string }, now: Date): Cost | null
  currencyOf(accountId: string): string
}

const CURRENCY = 'RUB'

/** The costs of all accounts, at most a second old. One cache entry holds all: accounts are few. */
export function createCostLists({ db, caches }: { db: Db; caches: Caches }): () => Promise<CostLists> {
  const load = caches.create(['accounts', 'costs'], async () => {
    const [rows, states] = await Promise.all([
      db.orm.select().from(accountCosts).where(isNull(accountCosts.deletedAt)),
      db.orm
        .select({ id: accountStates.accountId, currency: accountStates.balanceCurrency })
        .from(accountStates),
    ])
    const lists = new Map<string, Tariffs<Cost>>(
      [...Map.groupBy(rows, (row) => row.accountId)].map(([id, own]) => [id, arrange<Cost>(own)]),
    )
    const currencies = new Map(states.map(({ id, currency }) => [id, currency]))
    return toLists(lists, currencies)
  })
  return () => load('')
}

function toLists(lists: Map<string, Tariffs<Cost>>, currencies: Map<string, string | null>): CostLists {
  return {
    of(accountId, call, now) {
      const list = lists.get(accountId)
      return list ? lookUp(list, { ...call, currency: null }, now) : null
    },
    currencyOf: (accountId) => currencies.get(accountId) ?? CURRENCY,
  }
}
