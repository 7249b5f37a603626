import type { Channel } from '../channels/channels.ts'
import type { Context } from '../context.ts'
import { type AccountState, isBalanceLow } from '../routing/breaker.ts'
import { explainStop, stoppedAccounts } from '../routing/stops.ts'
import { publicId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import { unpack } from '../words/text.ts'
import type { Concern } from './concern.ts'

const SHOWN_MAX = 20
/** A balance for fewer calls than this is short. */
const CALLS_MIN = 50n

type State = AccountState & { name: string }

/** Problems of the installation's operators, and the unexplained differences from their records. */
export async function findAccountConcerns({
  db: { sql },
  providers,
}: Pick<Context, 'db' | 'providers'>): Promise<Concern[]> {
  const [stops, states, demoted, [findings]] = await Promise.all([
    stoppedAccounts(sql, providers),
    sql<State[]>`
      select s.*, a.name from account_states s join provider_accounts a on a.id = s.account_id
      where a.deleted_at is null and a.sandbox_tenant_id is null order by a.name limit 500`,
    sql<{ id: string; name: string; channel: Channel; prefix: string; demotedAt: Date }[]>`
      select a.id, a.name, r.channel, r.prefix, r.demoted_at from account_ratios r join provider_accounts a on a.id = r.account_id
      where r.demoted_at is not null and a.deleted_at is null and a.sandbox_tenant_id is null
      order by r.demoted_at desc limit ${SHOWN_MAX}`,
    sql<{ count: bigint }[]>`
      select count(*) as count from (select from reconciliation_findings where state = 'open' limit 1000) f`,
  ])
  const isStopped = new Set(stops.filter(({ stop }) => stop).map(({ id }) => id))
  const concerns = stopConcerns(stops)
  // A stop also explains refused credentials, an open breaker and an unknown balance.
  concerns.push(...states.filter(({ accountId }) => !isStopped.has(accountId)).flatMap(ofState))
  for (const { channel, prefix, demotedAt, ...account } of demoted) {
    concerns.push({ kind: 'demoted', account: named(account), channel, prefix, since: demotedAt })
  }
  const count = Number(findings?.count ?? 0)
  return count > 0 ? [...concerns, { kind: 'findings', count }] : concerns
}

const named = ({ id, name }: { id: string; name: string }) => ({ id: publicId('account', id), name })

/** One concern for each stop, with every account that it stops. */
function stopConcerns(accounts: Awaited<ReturnType<typeof stoppedAccounts>>): Concern[] {
  const byKey = Map.groupBy(accounts, ({ stop }) => stop?.key ?? null)
  byKey.delete(null)
  return [...byKey.values()].flatMap((together): Concern[] => {
    const [first] = together
    if (!first?.stop) return []
    const { accountId, said, at } = first.stop
    const culprit = together.find(({ id }) => id === accountId) ?? first
    return [
      {
        kind: 'stopped',
        accounts: together.map(({ name }) => name),
        check: named(culprit),
        since: at,
        why: explainStop(first.stop, culprit.id),
        said: said === null ? null : unpack(said),
      },
    ]
  })
}

function ofState(state: State): Concern[] {
  const { breaker, openUntil: until, balanceError } = state
  const account = named({ id: state.accountId, name: state.name })
  const words = unpack(balanceError ?? '')
  return [
    ...(breaker === 'closed' ? [] : [{ kind: 'breaker', account, until } as const]),
    ...ofBalance(state),
    ...(balanceError ? [{ kind: 'balance_unknown', account, words } as const] : []),
  ]
}

function ofBalance(state: State): Concern[] {
  const account = named({ id: state.accountId, name: state.name })
  const { balanceMicros, balanceLimitMicros, callPriceMicros, balanceCurrency } = state
  if (balanceMicros === null) return []
  const balance = toMoney(balanceMicros, balanceCurrency ?? 'RUB')
  const left = balanceMicros - (balanceLimitMicros ?? 0n)
  if (isBalanceLow(state) || left <= 0n) return [{ kind: 'balance_low', account, balance }]
  const calls = callPriceMicros ? left / callPriceMicros : CALLS_MIN
  return calls < CALLS_MIN ? [{ kind: 'balance_short', account, balance, calls: Number(calls) }] : []
}
