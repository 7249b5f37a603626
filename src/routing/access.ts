import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { CommonSettings, Provider } from '../providers/provider.ts'
import type { Secrets } from '../secrets.ts'
import { type AccountState, isBalanceLow, isProbeDue, PROBE_SECONDS } from './breaker.ts'
import type { RoutedAccount, Served } from './routing.ts'

declare module '../draft/draft.ts' {
  interface Slices {
    /** The accounts that may serve the phone, in order. */
    route: readonly RoutedAccount[]
    /** The channels that can reach the phone, with their routes, among those that the decision may use. */
    served: Served
    /** The same accounts, with access to whether each may be asked now. */
    access: Access & { route: readonly RoutedAccount[] }
  }
}

/**
 * Whether an account may place a call now. `stopped`: until a person acts; `at_limit`: the account's own limit is
 * used up, or all numbers of its pool are; `resting`: breaker open; `cannot_pay`: balance too low; `no_number`: the
 * verification has seen every number of its pool; `other_code`: it cannot carry the code that the client knows.
 */
export type Admission =
  | 'free'
  | 'stopped'
  | 'at_limit'
  | 'resting'
  | 'cannot_pay'
  | 'no_number'
  | 'other_code'

/**
 * What a group of claims may use. The state is in PostgreSQL, so limits and probes hold across all workers.
 */
export type Access = {
  now: Date
  check(routed: RoutedAccount): Admission
  /** When a resting account is tried again; now if its probe is in progress. */
  restsUntil(routed: RoutedAccount): Date
  /** Whether a call in flight uses the number, which bears only one. */
  isBusy(routed: RoutedAccount, number: string): boolean
  /** Counts one call. Resolves to the keyed hash of `number` to keep while the call uses it alone. */
  use(routed: RoutedAccount, number?: string | null): Buffer | null
  /** The statements that write the used amounts. */
  save(): Statement<object[]>[]
}

/** `lines`: the hashes of numbers in use that bear only one call, in hexadecimal. */
type Held = { state: AccountState; inFlight: number; lines: Set<string>; changed: boolean }

/**
 * Locks the state of accounts that have a limit or are due for a probe. A healthy account without limits
 * costs nothing.
 */
export async function openAccess(
  tx: Tx,
  routed: readonly RoutedAccount[],
  now: Date,
  secrets: Pick<Secrets, 'lineHashes'>,
): Promise<Access> {
  const accounts = new Map(routed.map((entry) => [entry.account.id, entry]))
  const ids = [...accounts.values()]
    .filter((entry) => isLimited(entry) || (entry.state !== null && isProbeDue(entry.state, now)))
    .map((entry) => entry.account.id)
    .sort()
  const held = ids.length > 0 ? await lock(tx, ids) : new Map<string, Held>()

  function check({ account, state: cached }: RoutedAccount): Admission {
    if (account.isStopped()) return 'stopped'
    const { settings } = account
    const entry = held.get(account.id)
    const state = entry?.state ?? cached
    if (state && settings.breaker && state.breaker !== 'closed' && !(entry && isProbeDue(state, now)))
      return 'resting'
    if (state && isBalanceLow(state)) return 'cannot_pay'
    if (!entry) return 'free'
    if (settings.max_in_flight !== null && entry.inFlight >= settings.max_in_flight) return 'at_limit'
    if (settings.max_per_second !== null && isUsedUp(settings.max_per_second, entry.state, now))
      return 'at_limit'
    return 'free'
  }

  return {
    now,
    check,
    restsUntil({ account, state: cached }) {
      const state = held.get(account.id)?.state ?? cached
      return state?.breaker === 'open' ? (state.openUntil ?? now) : now
    },
    isBusy({ account: { id } }, number) {
      const lines = held.get(id)?.lines
      if (!lines || lines.size === 0) return false
      return secrets.lineHashes(id, number).some((hash) => lines.has(hash.toString('hex')))
    },
    use({ provider, account: { id, settings } }, number = null) {
      const entry = held.get(id)
      if (!entry) return null
      const { state } = entry
      if (settings.breaker && state.breaker !== 'closed') {
        state.breaker = 'half_open'
        state.probingUntil = new Date(now.getTime() + PROBE_SECONDS * 1000)
      }
      state.secondCount = usedThisSecond(state, now) + 1
      // A transaction that began earlier may get here later, so never move `secondAt` back.
      state.secondAt = new Date(Math.max(now.getTime(), state.secondAt?.getTime() ?? 0))
      entry.inFlight += 1
      entry.changed = true
      if (number === null || !hasLines(provider, settings)) return null
      const [line] = secrets.lineHashes(id, number)
      entry.lines.add(line.toString('hex'))
      return line
    },
    save() {
      const changed = [...held].filter(([, entry]) => entry.changed)
      return changed.map(
        ([id, { state }]) => tx`
          update account_states set breaker = ${state.breaker}, probing_until = ${state.probingUntil},
            second_at = ${state.secondAt}, second_count = ${state.secondCount}
          where account_id = ${id}`,
      )
    },
  }
}

const isLimited = ({ provider, account: { settings } }: RoutedAccount) =>
  settings.max_in_flight !== null || settings.max_per_second !== null || hasLines(provider, settings)

const hasLines = (provider: Provider, settings: CommonSettings) =>
  Object.values(provider.capabilities(settings).channels).some(({ pool }) => pool?.lines)

const second = (time: Date) => Math.floor(time.getTime() / 1000)

/**
 * A limit of one or more counts calls in each clock second; a limit below one is a pause after the last call.
 */
function isUsedUp(perSecond: number, state: AccountState, now: Date): boolean {
  if (perSecond >= 1) return usedThisSecond(state, now) >= Math.floor(perSecond)
  return state.secondAt !== null && now.getTime() < state.secondAt.getTime() + 1000 / perSecond
}

function usedThisSecond(state: AccountState, now: Date): number {
  return state.secondAt && second(state.secondAt) >= second(now) ? state.secondCount : 0
}

async function lock(tx: Tx, ids: readonly string[]): Promise<Map<string, Held>> {
  await tx`
    insert into account_states (account_id) select * from unnest(${ids as string[]}::uuid[]) order by 1
    on conflict do nothing`
  const rows = await tx<AccountState[]>`
    select * from account_states where account_id = any(${ids as string[]}::uuid[]) order by account_id for update`
  // A person who may call a number takes no line of the operator meanwhile.
  const counts = await tx<{ accountId: string; calls: bigint }[]>`
    select account_id, count(*) as calls from due_attempts d
    where account_id = any(${ids as string[]}::uuid[])
      and not (channel = 'inbound_call' and exists (
        select from attempts a
        where a.verification_id = d.verification_id and a.id = d.attempt_id and a.status = 'placed'))
    group by account_id`
  const inFlight = new Map(counts.map((row) => [row.accountId, Number(row.calls)]))
  const leases = await tx<{ accountId: string; lineHash: Buffer }[]>`
    select account_id, line_hash from due_attempts
    where account_id = any(${ids as string[]}::uuid[]) and line_hash is not null`
  const lines = Map.groupBy(leases, ({ accountId }) => accountId)
  return new Map(
    rows.map((state) => [
      state.accountId,
      {
        state,
        inFlight: inFlight.get(state.accountId) ?? 0,
        lines: new Set(lines.get(state.accountId)?.map(({ lineHash }) => lineHash.toString('hex'))),
        changed: false,
      },
    ]),
  )
}
