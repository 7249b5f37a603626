import type { ClientContext } from '../context.ts'
import type { Sql, Tx } from '../db/client.ts'
import { toMoney } from '../values/money.ts'
import type { BalanceView } from './schemas.ts'

type Row = { currency: string; creditLimitMicros: bigint; funds: bigint; reserved: bigint }

/** The tenant's balance. It is zero in test mode: test calls have a price but are not charged. */
export async function getBalance({ db, actor }: ClientContext): Promise<BalanceView> {
  const balance = await readBalance(db.sql, actor.tenantId)
  return present(actor.livemode ? balance : { ...balance, creditLimitMicros: 0n, funds: 0n, reserved: 0n })
}

/** The balance as a transaction sees it. */
export async function balanceOf(tx: Tx, tenantId: string): Promise<BalanceView> {
  return present(await readBalance(tx, tenantId))
}

async function readBalance(sql: Sql | Tx, tenantId: string): Promise<Row> {
  const [row] = await sql<Row[]>`
    select t.currency, t.credit_limit_micros,
      coalesce(sum(b.balance_micros) filter (where b.account = 'funds'), 0)::bigint as funds,
      coalesce(sum(b.balance_micros) filter (where b.account = 'reserved'), 0)::bigint as reserved
    from tenants t left join ledger_balances b on b.owner_id = t.id and b.currency = t.currency
    where t.id = ${tenantId} group by t.id`
  if (!row) throw new Error('the tenant is missing')
  return row
}

function present({ currency, creditLimitMicros, funds, reserved }: Row): BalanceView {
  return {
    balance: toMoney(funds + reserved, currency),
    reserved: toMoney(reserved, currency),
    credit_limit: toMoney(creditLimitMicros, currency),
    available: toMoney(funds + creditLimitMicros, currency),
  }
}
