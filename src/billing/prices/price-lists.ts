import { and, eq, isNull } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { prices, tenants } from '../../db/schema/index.ts'
import type { Caches } from '../../process/caches.ts'
import { arrange, lookUp, type Tariffs } from './tariff.ts'

declare module '../../context.ts' {
  interface App {
    priceLists: PriceLists
  }
}

export type Price = Pick<
  typeof prices.$inferSelect,
  'prefix' | 'channel' | 'currency' | 'amountMicros' | 'validFrom' | 'per'
>

/** A tenant's own prices, and the default list for everything else. */
export type PriceList = { currency: string; own: Tariffs<Price>; defaults: Tariffs<Price> }

export type PriceLists = {
  /** At most a second old. */
  of(tenantId: string): Promise<PriceList>
}

export function createPriceLists({ db, caches }: { db: Db; caches: Caches }): PriceLists {
  const read = (where: ReturnType<typeof eq>) =>
    db.orm
      .select()
      .from(prices)
      .where(and(where, isNull(prices.deletedAt)))
  const defaultList = caches.create(['prices'], async () =>
    arrange<Price>(await read(isNull(prices.tenantId))),
  )
  const ownList = caches.create(['prices', 'tenants'], async (tenantId) => {
    const [[tenant], own] = await Promise.all([
      db.orm.select({ currency: tenants.currency }).from(tenants).where(eq(tenants.id, tenantId)),
      read(eq(prices.tenantId, tenantId)),
    ])
    return { currency: tenant?.currency ?? '', own: arrange<Price>(own) }
  })
  return {
    async of(tenantId) {
      const [own, defaults] = await Promise.all([ownList(tenantId), defaultList('')])
      return { ...own, defaults }
    },
  }
}

/** The price of a call; null: free. A match in the tenant's own list wins, however short its prefix. */
export function quote(list: PriceList, call: { channel: string; phone: string }, now: Date): Price | null {
  const wanted = { ...call, currency: list.currency }
  return lookUp(list.own, wanted, now) ?? lookUp(list.defaults, wanted, now)
}
