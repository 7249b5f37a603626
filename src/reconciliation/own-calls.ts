import { changeOf } from '../billing/posting.ts'
import type { Db } from '../db/client.ts'
import { idAfter, idBefore } from '../values/ids.ts'
import { OVER_AFTER_MS } from '../values/lifetimes.ts'
import type { OwnCall } from './match.ts'

/** Our calls through an account whose placing began in a span, oldest first. */
export function readOwnCalls(
  { sql }: Pick<Db, 'sql'>,
  { accountId, from, to }: { accountId: string; from: Date; to: Date },
): Promise<(OwnCall & { tenantId: string })[]> {
  return sql<(OwnCall & { tenantId: string })[]>`
    select a.id, a.verification_id, v.tenant_id, a.channel, v.phone, a.status, a.assumed, a.operator_call_id, a.operator_row, a.code_hash,
      a.placing_at, a.unclear_at, a.placed_at, a.ended_at, a.cost_micros, a.cost_currency,
      coalesce(p.adjustments, 0)::bigint as adjustments, coalesce(p.adjusted_micros, 0)::bigint as adjusted_micros
    from attempts a join verifications v on v.id = a.verification_id
    left join (
      select f.attempt_id, l.currency, count(*) as adjustments,
        sum(${sql.unsafe(changeOf('operator_payable'))}) as adjusted_micros
      from reconciliation_findings f
      join ledger_transactions l on l.finding_id = f.id and l.verification_id is null
      where f.account_id = ${accountId} group by f.attempt_id, l.currency
    ) p on p.attempt_id = a.id and p.currency = a.cost_currency
    where a.account_id = ${accountId}
      and a.id between ${idBefore(new Date(from.getTime() - OVER_AFTER_MS))} and ${idAfter(to)}
      and a.placing_at >= ${from} and a.placing_at < ${to}
    order by a.id`
}
