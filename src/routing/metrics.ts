import type { Db } from '../db/client.ts'
import { gauge } from '../process/metrics.ts'
import { publicId } from '../values/ids.ts'
import { type AccountState, isBalanceLow } from './breaker.ts'

type State = AccountState & { name: string; provider: string }

/**
 * Exports which real accounts currently get no calls, and why. If that is every account of a route, its
 * verifications fail.
 */
export function exportRoutingMetrics({ sql }: Pick<Db, 'sql'>): void {
  gauge(
    'ringproof_operator_held_back',
    'Accounts that get no calls: resting after faults, or unable to pay.',
    async (own) => {
      const states = await sql<State[]>`
        select s.*, a.name, a.provider from account_states s join provider_accounts a on a.id = s.account_id
        where a.sandbox_tenant_id is null and a.deleted_at is null`
      for (const state of states) {
        const labels = {
          account: publicId('account', state.accountId),
          name: state.name,
          provider: state.provider,
        }
        own.set({ ...labels, why: 'resting' }, state.breaker === 'closed' ? 0 : 1)
        own.set({ ...labels, why: 'cannot_pay' }, isBalanceLow(state) ? 1 : 0)
      }
    },
    ['account', 'name', 'provider', 'why'],
  )
}
