import type { Db } from '../db/client.ts'
import { gauge } from '../process/metrics.ts'
import type { Providers } from '../providers/registry.ts'
import { publicId } from '../values/ids.ts'
import { type AccountState, isBalanceLow } from './breaker.ts'
import { pooledAccounts } from './numbers.ts'
import type { Routing } from './routing.ts'
import { stoppedAccounts } from './stops.ts'

type State = AccountState & { name: string; provider: string }

/**
 * Exports which real accounts currently get no calls, and why. If that is every account of a route, its
 * verifications fail.
 */
export function exportRoutingMetrics(
  { sql }: Pick<Db, 'sql'>,
  { providers, routing }: { providers: Providers; routing: Routing },
): void {
  exportStops(sql, providers)
  gauge(
    'ringproof_pool_endings',
    'Different codes that the numbers of an account give: the chance of a guess is 1 divided by it.',
    async (own) => {
      for (const { id, name, provider, pool } of await pooledAccounts(sql, routing)) {
        own.set({ account: publicId('account', id), name, provider }, pool.endings)
      }
    },
    ['account', 'name', 'provider'],
  )
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

/** Exports which real accounts are stopped: nothing is sent for them until a person acts. */
function exportStops(sql: Db['sql'], providers: Providers): void {
  gauge(
    'ringproof_account_stopped',
    'Accounts for which nothing is sent, because the operator rejected credentials: 1 until a person acts.',
    async (own) => {
      for (const { id, name, provider, stop } of await stoppedAccounts(sql, providers)) {
        own.set({ account: publicId('account', id), name, provider }, stop ? 1 : 0)
      }
    },
    ['account', 'name', 'provider'],
  )
}
