import type { Db } from '../db/client.ts'
import { gauge, oncePerScrape } from '../process/metrics.ts'
import type { Providers } from '../providers/registry.ts'
import { publicId } from '../values/ids.ts'
import { type AccountState, isBalanceLow } from './breaker.ts'
import { pooledAccounts } from './numbers.ts'
import type { Routing } from './routing.ts'
import { stoppedAccounts } from './stops.ts'

const LEASES_MAX = 100_000

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
  exportPools(sql, routing)
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

/** Exports the number pools of real accounts, and how much of them is in use. */
function exportPools(sql: Db['sql'], routing: Routing): void {
  const labels = ['account', 'name', 'provider']
  const readPools = oncePerScrape(() => pooledAccounts(sql, routing))
  gauge(
    'ringproof_pool_endings',
    'Different codes that the numbers of an account give: the chance of a guess is 1 divided by it.',
    async (own) => {
      for (const { id, name, provider, pool } of await readPools()) {
        own.set({ account: publicId('account', id), name, provider }, pool.endings)
      }
    },
    labels,
  )
  gauge(
    'ringproof_pool_numbers',
    'Numbers that an account can call from, if each bears one call at a time.',
    async (own) => {
      for (const { id, name, provider, pool, lines } of await readPools()) {
        if (lines) own.set({ account: publicId('account', id), name, provider }, pool.size)
      }
    },
    labels,
  )
  gauge(
    'ringproof_pool_leases',
    `Numbers of those that a call in flight holds; counts the first ${LEASES_MAX}.`,
    async (own) => {
      const pools = (await readPools()).filter(({ lines }) => lines)
      const leased = await countLeases(
        sql,
        pools.map(({ id }) => id),
      )
      for (const { id, name, provider } of pools) {
        own.set({ account: publicId('account', id), name, provider }, leased.get(id) ?? 0)
      }
    },
    labels,
  )
}

async function countLeases(sql: Db['sql'], ids: string[]): Promise<Map<string, number>> {
  const rows = await sql<{ accountId: string; leased: number }[]>`
    select account_id, count(*)::int as leased from (
      select account_id from due_attempts
      where account_id = any(${ids}::uuid[]) and line_hash is not null
      limit ${LEASES_MAX}
    ) held group by account_id`
  return new Map(rows.map(({ accountId, leased }) => [accountId, leased]))
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
