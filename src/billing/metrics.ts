import type { Db } from '../db/client.ts'
import { gauge } from '../process/metrics.ts'
import { publicId } from '../values/ids.ts'
import { MICROS } from '../values/money.ts'

type Figures = {
  problems: number | null
  checkedAt: Date | null
  openFindings: number
}
type OperatorBalance = { id: string; name: string; provider: string; currency: string; micros: bigint }

/**
 * Figures that stand in the database, since workers bring them about and only the API is asked for metrics. Read when they are asked
 * for; absent while the database is out of reach.
 */
export function exportBillingMetrics({ sql }: Pick<Db, 'sql'>): void {
  gauge(
    'ringproof_ledger_problems',
    'What the last nightly check of the ledger found wrong.',
    async (own) => {
      const { problems } = await figures()
      if (problems !== null) own.set(problems)
    },
  )
  gauge(
    'ringproof_ledger_checked_timestamp_seconds',
    'When the ledger was last checked as a whole.',
    async (own) => {
      const { checkedAt } = await figures()
      if (checkedAt) own.set(checkedAt.getTime() / 1000)
    },
  )
  gauge(
    'ringproof_open_findings',
    'Differences between operators’ records and ours that nobody has explained.',
    async (own) => own.set((await figures()).openFindings),
  )
  gauge(
    'ringproof_operator_balance',
    'What is left at an operator, in its currency.',
    async (own) => {
      for (const { id, name, provider, currency, micros } of await balances()) {
        own.set(
          { account: publicId('account', id), name, provider, currency },
          Number(micros) / Number(MICROS),
        )
      }
    },
    ['account', 'name', 'provider', 'currency'],
  )

  async function figures(): Promise<Figures> {
    const [row] = await sql<Figures[]>`
      select c.problems::int as problems, c.finished_at as checked_at,
        (select count(*)::int from reconciliation_findings where state = 'open') as open_findings
      from (select) as one
      left join lateral (
        select problems, finished_at from ledger_checks where finished_at is not null order by finished_at desc limit 1
      ) c on true`
    return row ?? { problems: null, checkedAt: null, openFindings: 0 }
  }

  function balances(): Promise<OperatorBalance[]> {
    return sql<OperatorBalance[]>`
      select a.id, a.name, a.provider, s.balance_currency as currency, s.balance_micros as micros
      from provider_accounts a join account_states s on s.account_id = a.id
      where a.sandbox_tenant_id is null and a.deleted_at is null and s.balance_micros is not null
        and s.balance_currency is not null`
  }
}
