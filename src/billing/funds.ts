import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'

declare module '../draft/draft.ts' {
  interface BareDraft {
    /** The tenant's funds, if another draft of the group may take a hold and this one may release one. */
    funds: Funds | null
  }
}

/**
 * A tenant's money while its row is locked. Drafts of a group share it, so each sees the holds of those
 * before it.
 */
export type Funds = {
  tenantId: string
  currency: string
  /** What holds may still take: funds plus credit limit. A deleted tenant has no credit. */
  availableMicros: bigint
  /** Holds taken today (UTC) and not released. */
  spentTodayMicros: bigint
}

type BalanceRow = { ownerId: string; currency: string; balanceMicros: bigint }
type TenantRow = { id: string; currency: string; creditLimitMicros: bigint; spentMicros: bigint }

/** Locks the funds of tenants in one order everywhere. Only the locks on tenants come later. */
export async function lockFunds(tx: Tx, tenantIds: readonly string[]): Promise<Map<string, Funds>> {
  const ids = [...new Set(tenantIds)].sort()
  if (ids.length === 0) return new Map()
  const [balances, tenants] = await Promise.all([
    lockBalances(tx, ids),
    // A separate statement: the one above may have waited for a lock, and would see older rows.
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

/** The statement that locks the tenants' `funds` balances. */
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
