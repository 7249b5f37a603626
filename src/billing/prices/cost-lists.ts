import { eq, isNotNull, isNull, or } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { accountCosts, accountStates, providerAccounts } from '../../db/schema/index.ts'
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

/** `currencyOf`: that of a provider's prices where no balance has told it. */
type Parts = { db: Db; caches: Caches; currencyOf(provider: string): string | undefined }

/** The costs of all accounts, at most a second old. One cache entry holds all: accounts are few. */
export function createCostLists({ db, caches, currencyOf }: Parts): () => Promise<CostLists> {
  const load = caches.create(['accounts', 'costs'], async () => {
    const [rows, states] = await Promise.all([
      db.orm.select().from(accountCosts).where(isNull(accountCosts.deletedAt)),
      db.orm
        .select({
          id: providerAccounts.id,
          provider: providerAccounts.provider,
          told: accountStates.balanceCurrency,
        })
        .from(providerAccounts)
        .leftJoin(accountStates, eq(accountStates.accountId, providerAccounts.id))
        // Tenants have accounts at the sandbox, and no money is at stake there.
        .where(or(isNull(providerAccounts.sandboxTenantId), isNotNull(accountStates.balanceCurrency))),
    ])
    const lists = new Map<string, Tariffs<Cost>>(
      [...Map.groupBy(rows, (row) => row.accountId)].map(([id, own]) => [id, arrange<Cost>(own)]),
    )
    const currencies = new Map(
      states.map(({ id, provider, told }) => [id, told ?? currencyOf(provider) ?? CURRENCY]),
    )
    return toLists(lists, currencies)
  })
  return () => load('')
}

function toLists(lists: Map<string, Tariffs<Cost>>, currencies: Map<string, string>): CostLists {
  return {
    of(accountId, call, now) {
      const list = lists.get(accountId)
      return list ? lookUp(list, { ...call, currency: null }, now) : null
    },
    currencyOf: (accountId) => currencies.get(accountId) ?? CURRENCY,
  }
}
