import type { Db } from '../db/client.ts'
import type { OperatorBalance } from '../providers/provider.ts'
import { toAmount } from '../values/money.ts'
import type { Difference } from './compare.ts'
import type { Run } from './match.ts'

type Before = {
  balanceMicros: bigint
  at: Date
  knownMicros: bigint
  openCalls: bigint
  largestMicros: bigint
}

/**
 * For an operator whose records hold no prices: reports a balance that fell by more since the last run than
 * our calls cost. A smaller drop proves nothing, since the balance may have been topped up.
 */
export async function compareBalance(
  { sql }: Pick<Db, 'sql'>,
  run: Run,
  { balanceMicros, currency }: OperatorBalance,
): Promise<Difference[]> {
  const [before] = await sql<Before[]>`
    select r.balance_micros, r.finished_at as at,
      coalesce((
        select sum(l.amount_micros) from ledger_transactions l
        where l.owner_id = r.account_id and l.currency = r.balance_currency and l.at > r.finished_at
          and l.kind = 'cost'), 0)::bigint as known_micros,
      (select count(*) from due_attempts a where a.account_id = r.account_id) as open_calls,
      coalesce((
        select max(c.amount_micros) from account_costs c
        where c.account_id = r.account_id and c.deleted_at is null), 0)::bigint as largest_micros
    from reconciliation_runs r
    where r.account_id = ${run.accountId} and r.id < ${run.id} and r.status = 'done'
      and r.balance_micros is not null and r.balance_currency = ${currency}
    order by r.id desc limit 1`
  if (!before) return []
  const spent = before.balanceMicros - balanceMicros
  // The operator may have charged calls in progress, which are not posted yet.
  const known = before.knownMicros + before.openCalls * before.largestMicros
  if (spent <= known) return []
  return [
    {
      kind: 'balance_differs',
      fingerprint: `balance ${run.id}`,
      attemptId: null,
      verificationId: null,
      operatorRow: null,
      phone: null,
      at: run.createdAt,
      ours: { status: null, cost: toAmount(before.knownMicros), currency },
      theirs: { status: null, cost: toAmount(spent), currency },
      differenceMicros: spent - before.knownMicros,
      currency,
      closes: false,
    },
  ]
}
