import { type Money, toMoney } from '../billing/money.ts'
import type { Context } from '../context.ts'
import { type AccountState, isBalanceLow } from '../routing/breaker.ts'

const SHOWN_MAX = 20

/** Something about the installation that somebody should look at. */
export type Concern =
  | { kind: 'breaker'; account: string; until: Date | null }
  | { kind: 'balance_low'; account: string; balance: Money | null }
  | { kind: 'balance_unknown'; account: string; detail: string }
  | { kind: 'demoted'; account: string; prefix: string; since: Date }
  | { kind: 'findings'; count: number }

type State = AccountState & { name: string }

/** What is wrong with operators, and which differences with their records nobody has explained. Belongs to the installation. */
export async function findConcerns({ db: { sql } }: Pick<Context, 'db'>): Promise<Concern[]> {
  const [states, demoted, [findings]] = await Promise.all([
    sql<State[]>`
      select s.*, a.name from account_states s join provider_accounts a on a.id = s.account_id
      where a.deleted_at is null and a.sandbox_tenant_id is null order by a.name limit 500`,
    sql<{ name: string; prefix: string; demotedAt: Date }[]>`
      select a.name, r.prefix, r.demoted_at from account_ratios r join provider_accounts a on a.id = r.account_id
      where r.demoted_at is not null and a.deleted_at is null and a.sandbox_tenant_id is null
      order by r.demoted_at desc limit ${SHOWN_MAX}`,
    sql<{ count: bigint }[]>`
      select count(*) as count from (select from reconciliation_findings where state = 'open' limit 1000) f`,
  ])
  const concerns = states.flatMap((state): Concern[] => {
    const { name: account, openUntil: until, balanceMicros, balanceCurrency, balanceError } = state
    const balance = balanceMicros === null ? null : toMoney(balanceMicros, balanceCurrency ?? 'RUB')
    return [
      ...(state.breaker === 'closed' ? [] : [{ kind: 'breaker', account, until } as const]),
      ...(isBalanceLow(state) ? [{ kind: 'balance_low', account, balance } as const] : []),
      ...(balanceError ? [{ kind: 'balance_unknown', account, detail: balanceError } as const] : []),
    ]
  })
  for (const { name, prefix, demotedAt } of demoted) {
    concerns.push({ kind: 'demoted', account: name, prefix, since: demotedAt })
  }
  const count = Number(findings?.count ?? 0)
  return count > 0 ? [...concerns, { kind: 'findings', count }] : concerns
}
