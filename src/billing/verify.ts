import type { Db } from '../db/client.ts'

export type LedgerProblem = { check: string; subject: string; detail: string }

/** Problems reported per kind. */
const SHOWN = 100

/**
 * Checks the ledger against itself and the calls: every transaction balances, every balance and day is the
 * sum of its entries, and the price and cost of every call match their postings. Resolves to the problems.
 * Reads everything in one snapshot.
 */
export async function verifyLedger({ sql }: Pick<Db, 'sql'>): Promise<LedgerProblem[]> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    await tx`set local statement_timeout = 0`
    await tx`set local enable_seqscan = on`
    const unbalanced = await tx<{ subject: string; detail: string }[]>`
      select transaction_id::text as subject, sum(amount_micros)::text as detail from ledger_entries
      group by transaction_id, currency having sum(amount_micros) <> 0 limit ${SHOWN}`
    const empty = await tx<{ subject: string; detail: string }[]>`
      select id::text as subject, kind as detail from ledger_transactions t
      where not exists (select from ledger_entries e where e.transaction_id = t.id) limit ${SHOWN}`
    const balances = await tx<{ subject: string; detail: string }[]>`
      select concat_ws(' ', account, owner_id, currency) as subject,
        concat('balance ', coalesce(b.balance_micros, 0), ', entries ', coalesce(e.total, 0)) as detail
      from ledger_balances b
      full join (
        select account, owner_id, currency, sum(amount_micros) as total from ledger_entries group by 1, 2, 3
      ) e using (account, owner_id, currency)
      where coalesce(b.balance_micros, 0) <> coalesce(e.total, 0) limit ${SHOWN}`
    const days = await tx<{ subject: string; detail: string }[]>`
      select concat_ws(' ', tenant_id, day) as subject,
        concat('captured ', coalesce(d.captured_micros, 0), ' for ', coalesce(d.captured_calls, 0),
          ', entries ', coalesce(e.total, 0), ' for ', coalesce(e.calls, 0)) as detail
      from daily_spend d
      full join (
        select l.tenant_id, (l.at at time zone 'utc')::date as day, sum(e.amount_micros) as total, count(*) as calls
        from ledger_transactions l join ledger_entries e on e.transaction_id = l.id and e.account = 'revenue'
        where l.kind = 'capture' group by 1, 2
      ) e using (tenant_id, day)
      where coalesce(d.captured_micros, 0) <> coalesce(e.total, 0) or coalesce(d.captured_calls, 0) <> coalesce(e.calls, 0)
      limit ${SHOWN}`
    const charges = await tx<{ subject: string; detail: string }[]>`
      select a.id::text as subject,
        concat_ws(' ', 'the call is', coalesce(a.charge, 'free'), 'and has', coalesce(t.kinds, 'nothing'),
          'price', coalesce(a.price_micros, 0), 'entries', coalesce(t.least, 0), 'to', coalesce(t.most, 0)) as detail
      from attempts a
      join verifications v on v.id = a.verification_id
      left join (
        select l.attempt_id, string_agg(l.kind, ' and ' order by l.kind desc) as kinds,
          min(e.amount_micros) as least, max(e.amount_micros) as most
        from ledger_transactions l
        left join ledger_entries e on e.transaction_id = l.id and e.amount_micros > 0
        where l.kind in ('reserve', 'capture', 'release') group by l.attempt_id
      ) t on t.attempt_id = a.id
      where coalesce(t.kinds, '') <> case
        when not v.livemode or coalesce(a.price_micros, 0) = 0 then ''
        when a.charge = 'captured' then 'reserve and capture'
        when a.charge = 'released' then 'reserve and release'
        else 'reserve' end
        or t.least <> a.price_micros or t.most <> a.price_micros
      limit ${SHOWN}`
    const costs = await tx<{ subject: string; detail: string }[]>`
      select a.id::text as subject,
        concat_ws(' ', 'the call cost', coalesce(a.cost_micros, 0), a.cost_currency,
          'and the ledger has', coalesce(c.micros, 0), c.currency, 'of', coalesce(c.owner_id, a.account_id)) as detail
      from attempts a
      join verifications v on v.id = a.verification_id
      left join (
        select l.attempt_id, e.amount_micros as micros, e.currency, e.owner_id
        from ledger_transactions l join ledger_entries e on e.transaction_id = l.id and e.account = 'operator_payable'
        where l.kind = 'cost'
      ) c on c.attempt_id = a.id
      where case when v.livemode and a.cost_currency is not null and a.cost_micros <> 0
        then (c.micros, c.currency, c.owner_id) is distinct from (a.cost_micros, a.cost_currency, a.account_id)
        else c.micros is not null end
      limit ${SHOWN}`
    const name = (check: string) => (row: { subject: string; detail: string }) => ({ check, ...row })
    return [
      ...unbalanced.map(name('unbalanced transaction')),
      ...empty.map(name('transaction without entries')),
      ...balances.map(name('balance differs from entries')),
      ...days.map(name('day differs from entries')),
      ...charges.map(name('call and ledger differ')),
      ...costs.map(name('cost of a call and ledger differ')),
    ]
  })
}
