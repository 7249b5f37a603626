import type { Db } from '../db/client.ts'

export type LedgerProblem = { check: string; subject: string; detail: string }

/** Problems reported per kind. */
const SHOWN = 100

/**
 * Checks the ledger against itself and the calls: every balance and day is the sum of its entries, the price
 * and cost of every call match their postings, and every posting about a call has one. Resolves to the
 * problems. Reads everything in one snapshot. The sums of `archived` months (`2025-01`) count as their records say: name
 * those whose signature was checked.
 */
export async function verifyLedger(
  { sql }: Pick<Db, 'sql'>,
  archived: readonly string[] = [],
): Promise<LedgerProblem[]> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    await tx`set local statement_timeout = 0`
    await tx`set local enable_seqscan = on`
    const records = tx`(select manifest::jsonb as manifest from archives
      where to_char(month, 'YYYY-MM') = any(${[...archived]}::text[]))`
    const balances = await tx<{ subject: string; detail: string }[]>`
      select concat_ws(' ', account, owner_id, currency) as subject,
        concat('balance ', coalesce(b.balance_micros, 0), ', entries ', coalesce(e.total, 0)) as detail
      from ledger_balances b
      full join (
        select account, owner_id, currency, sum(amount_micros) as total from (
          select account, owner_id, currency, amount_micros from ledger_entries
          union all
          select s.account, s.owner_id, s.currency, s.micros from ${records} r cross join lateral
            jsonb_to_recordset(manifest -> 'balances') as s (account text, owner_id uuid, currency text, micros numeric)
        ) as moved group by 1, 2, 3
      ) e using (account, owner_id, currency)
      where coalesce(b.balance_micros, 0) <> coalesce(e.total, 0) limit ${SHOWN}`
    const days = await tx<{ subject: string; detail: string }[]>`
      select concat_ws(' ', tenant_id, day) as subject,
        concat('captured ', coalesce(d.captured_micros, 0), ' for ', coalesce(d.captured_calls, 0),
          ', entries ', coalesce(e.total, 0), ' for ', coalesce(e.calls, 0)) as detail
      from daily_spend d
      full join (
        select tenant_id, day, sum(amount_micros) as total, sum(calls) as calls from (
          select tenant_id, (at at time zone 'utc')::date as day, amount_micros, 1 as calls
          from ledger_transactions where kind = 'capture'
          union all
          select s.tenant_id, s.day, s.micros, s.calls from ${records} r cross join lateral
            jsonb_to_recordset(manifest -> 'days') as s (tenant_id uuid, day date, micros numeric, calls int)
        ) as captured group by 1, 2
      ) e using (tenant_id, day)
      where coalesce(d.captured_micros, 0) <> coalesce(e.total, 0) or coalesce(d.captured_calls, 0) <> coalesce(e.calls, 0)
      limit ${SHOWN}`
    const charges = await tx<{ subject: string; detail: string }[]>`
      select attempt_id::text as subject,
        concat_ws(' ', 'the call is', coalesce(a.charge, 'free'), 'and has', coalesce(t.kinds, 'nothing'),
          'price', coalesce(a.price_micros, 0), a.price_currency, 'of', a.tenant_id,
          'entries', coalesce(t.least, 0), 'to', coalesce(t.most, 0), t.currencies, 'of', t.owners) as detail
      from (
        select a.id as attempt_id, verification_id, v.livemode, v.tenant_id, a.charge, a.price_micros, a.price_currency
        from attempts a join verifications v on v.id = a.verification_id
      ) a
      full join (
        select attempt_id, verification_id, string_agg(kind, ' and ' order by kind desc) as kinds,
          min(amount_micros) as least, max(amount_micros) as most,
          string_agg(distinct currency, ' and ') as currencies,
          string_agg(distinct owner_id::text, ' and ') as owners
        from ledger_transactions where kind in ('reserve', 'capture', 'release') group by 1, 2
      ) t using (attempt_id, verification_id)
      where coalesce(t.kinds, '') <> case
        when a.livemode is not true or coalesce(a.price_micros, 0) = 0 then ''
        when a.charge = 'captured' then 'reserve and capture'
        when a.charge = 'released' then 'reserve and release'
        else 'reserve' end
        or t.least <> a.price_micros or t.most <> a.price_micros
        or t.currencies <> a.price_currency or t.owners <> a.tenant_id::text
      limit ${SHOWN}`
    const costs = await tx<{ subject: string; detail: string }[]>`
      select attempt_id::text as subject,
        concat_ws(' ', 'the call cost', coalesce(a.cost_micros, 0), a.cost_currency,
          'and the ledger has', coalesce(c.micros, 0), c.currency, 'of', coalesce(c.owner_id, a.account_id)) as detail
      from (
        select a.id as attempt_id, verification_id, v.livemode, a.account_id, a.cost_micros, a.cost_currency
        from attempts a join verifications v on v.id = a.verification_id
      ) a
      full join (
        select attempt_id, verification_id, amount_micros as micros, currency, owner_id
        from ledger_transactions where kind = 'cost'
      ) c using (attempt_id, verification_id)
      where case when a.livemode and a.cost_currency is not null and a.cost_micros <> 0
        then (c.micros, c.currency, c.owner_id) is distinct from (a.cost_micros, a.cost_currency, a.account_id)
        else c.micros is not null end
      limit ${SHOWN}`
    const name = (check: string) => (row: { subject: string; detail: string }) => ({ check, ...row })
    return [
      ...balances.map(name('balance differs from entries')),
      ...days.map(name('day differs from entries')),
      ...charges.map(name('call and ledger differ')),
      ...costs.map(name('cost of a call and ledger differ')),
    ]
  })
}
