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
 * Exports metrics from the database: workers produce the figures, and only the API exports them. Read on
 * each scrape; absent while the database is unreachable.
 */
export function exportBillingMetrics({ sql }: Pick<Db, 'sql'>): void {
  gauge(
    'ringproof_ledger_problems',
    'Problems found by the last nightly check of the ledger.',
    async (own) => {
      const { problems } = await figures()
      if (problems !== null) own.set(problems)
    },
  )
  gauge(
    'ringproof_ledger_checked_timestamp_seconds',
    'Time of the last full check of the ledger.',
    async (own) => {
      const { checkedAt } = await figures()
      if (checkedAt) own.set(checkedAt.getTime() / 1000)
    },
  )
  gauge(
    'ringproof_open_findings',
    'Unexplained differences between operators’ records and ours.',
    async (own) => own.set((await figures()).openFindings),
  )
  gauge(
    'ringproof_operator_balance',
    'Balance at an operator, in its currency.',
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
