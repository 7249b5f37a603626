import { type ClientContext, readersOf } from '../../context.ts'
import type { Tag } from '../../db/sql.ts'
import { publicId } from '../../values/ids.ts'
import { toMoney } from '../../values/money.ts'
import { changeOf } from '../posting.ts'
import type { StatementView } from './schemas.ts'

/** A calendar month in UTC; `to` is now for the current one. */
export type Month = { month: string; from: Date; to: Date }

export function monthOf(month: string, now = new Date()): Month {
  const from = new Date(`${month}-01T00:00:00.000Z`)
  const end = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1))
  return { month, from, to: end < now ? end : now }
}

/** Movements that a statement lists; its sums and the CSV file have all. */
export const MOVEMENTS_MAX = 1000

type Head = { name: string; currency: string; opening: bigint }
type Day = { day: string; calls: bigint; charges: bigint }
type Movement = {
  id: string
  at: Date
  kind: 'topup' | 'adjustment'
  amountMicros: bigint
  reason: string | null
  reference: string | null
}

/** A tenant's statement for a month: charges by day, top-ups and adjustments one by one. */
export async function getStatement(context: ClientContext, input: { month: string }): Promise<StatementView> {
  const { actor } = context
  const month = monthOf(input.month)
  const { sql } = readersOf(context)
  // Three snapshots: the opening balance is the same in each, and later calls show in days and closing alike.
  const { name, currency, opening } = await readHead(sql, context, month)
  const days = await readDays(sql, context, month)
  const movements = await readMovements(sql, context, month)
  const charges = total(days.map((day) => day.charges))
  const sumOf = (kind: Movement['kind']) =>
    total(movements.filter((row) => row.kind === kind).map((row) => row.amountMicros))
  const money = (micros: bigint) => toMoney(micros, currency)
  return {
    month: month.month,
    tenant: { id: publicId('tenant', actor.tenantId), name },
    from: month.from.toISOString(),
    to: month.to.toISOString(),
    opening_balance: money(opening),
    top_ups: money(sumOf('topup')),
    adjustments: money(sumOf('adjustment')),
    charges: money(charges),
    calls: Number(total(days.map((day) => day.calls))),
    closing_balance: money(opening + sumOf('topup') + sumOf('adjustment') - charges),
    days: days.map(({ day, calls, charges }) => ({ day, calls: Number(calls), charges: money(charges) })),
    movements: movements.slice(0, MOVEMENTS_MAX).map(({ id, at, kind, amountMicros, reason, reference }) => ({
      id: publicId('ledger', id),
      at: at.toISOString(),
      kind,
      amount: money(amountMicros),
      reason,
      reference,
    })),
  }
}

const total = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n)

/** The balance at the beginning of a month: the current balance less all movements since. */
export async function readHead(sql: Tag, { actor }: ClientContext, { from }: Month): Promise<Head> {
  const [head] = await sql<Head[]>`
    select t.name, t.currency, (
        coalesce((
          select sum(b.balance_micros) from ledger_balances b
          where b.owner_id = t.id and b.currency = t.currency and b.account in ('funds', 'reserved')), 0)
        + coalesce((
          select sum(d.captured_micros) from daily_spend d
          where d.tenant_id = t.id and d.day >= (${from}::timestamptz at time zone 'utc')::date), 0)
        - coalesce((
          select sum(${sql.unsafe(changeOf('funds'))})
          from ledger_transactions l
          where l.tenant_id = t.id and l.at >= ${from} and l.kind in ('topup', 'adjustment')
            and l.verification_id is null), 0)
      )::bigint as opening
    from tenants t where t.id = ${actor.tenantId}`
  if (!head) throw new Error('the tenant is missing')
  // Test mode has no money.
  return actor.livemode ? head : { ...head, opening: 0n }
}

function readDays(sql: Tag, { actor }: ClientContext, { month }: Month): Promise<Day[]> {
  const first = `${month}-01`
  return sql<Day[]>`
    select to_char(day, 'YYYY-MM-DD') as day, captured_calls as calls, captured_micros as charges from daily_spend
    where tenant_id = ${actor.tenantId} and day >= ${first}::date and day < ${first}::date + interval '1 month'
      and captured_calls > 0 and ${actor.livemode}
    order by day`
}

function readMovements(sql: Tag, { actor }: ClientContext, { from, to }: Month): Promise<Movement[]> {
  return sql<Movement[]>`
    select l.id, l.at, l.kind, l.reason, l.reference,
      ${sql.unsafe(changeOf('funds'))} as amount_micros
    from ledger_transactions l
    where l.tenant_id = ${actor.tenantId} and l.at >= ${from} and l.at < ${to}
      and l.kind in ('topup', 'adjustment') and l.verification_id is null and ${actor.livemode}
    order by l.at, l.id`
}
