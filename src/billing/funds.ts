import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'

declare module '../draft/draft.ts' {
  interface BareDraft {
    /** The tenant's money, where a neighbour in the group may set some aside and this draft may give some back. */
    funds: Funds | null
  }
}

/** A tenant's money while its row is locked: neighbours of a group see what the ones before them reserved. */
export type Funds = {
  tenantId: string
  currency: string
  /** What may still be reserved: funds and credit limit. A deleted tenant has no credit. */
  availableMicros: bigint
  /** What was reserved today (UTC) and not given back. */
  spentTodayMicros: bigint
}

type BalanceRow = { ownerId: string; currency: string; balanceMicros: bigint }
type TenantRow = { id: string; currency: string; creditLimitMicros: bigint; spentMicros: bigint }

/** Locks the funds of tenants, in one order everywhere. Comes after every other lock but that on the tenants themselves. */
export async function lockFunds(tx: Tx, tenantIds: readonly string[]): Promise<Map<string, Funds>> {
  const ids = [...new Set(tenantIds)].sort()
  if (ids.length === 0) return new Map()
  const [balances, tenants] = await Promise.all([
    lockBalances(tx, ids),
    // Not in the statement above: that one may have waited for others, and would still see what stood before them.
    tx<TenantRow[]>`
      select t.id, t.currency, coalesce(s.spent_micros, 0) as spent_micros,
        case when t.deleted_at is null then t.credit_limit_micros else 0 end as credit_limit_micros
      from tenants t
      left join daily_spend s on s.tenant_id = t.id and s.day = (now() at time zone 'utc')::date
      where t.id = any(${ids}::uuid[])`,
  ])
  const missing = tenants.filter((tenant) => !find(balances, tenant))
  if (missing.length > 0) {
    await create(tx, missing)
    return lockFunds(tx, ids)
  }
  return new Map(
    tenants.map((tenant) => {
      const { id, currency, creditLimitMicros, spentMicros } = tenant
      const funds = find(balances, tenant)?.balanceMicros ?? 0n
      return [
        id,
        {
          tenantId: id,
          currency,
          availableMicros: funds + creditLimitMicros,
          spentTodayMicros: spentMicros,
        },
      ]
    }),
  )
}

const find = (balances: readonly BalanceRow[], { id, currency }: TenantRow) =>
  balances.find((row) => row.ownerId === id && row.currency === currency)

/** The statement that locks the rows that stand for the funds of tenants. */
export function lockBalances(tx: Tx, tenantIds: readonly string[]): Statement<BalanceRow[]> {
  return tx<BalanceRow[]>`
    select owner_id, currency, balance_micros from ledger_balances
    where account = 'funds' and owner_id = any(${[...tenantIds].sort()}::uuid[]) order by owner_id, currency for update`
}

async function create(tx: Tx, tenants: readonly TenantRow[]): Promise<void> {
  const rows = tenants.map(({ id, currency }) => ({ owner_id: id, currency }))
  await tx`
    insert into ledger_balances (account, owner_id, currency, balance_micros)
    select 'funds', owner_id, currency, 0
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (owner_id uuid, currency text) order by owner_id
    on conflict do nothing`
}
