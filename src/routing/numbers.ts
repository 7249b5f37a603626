import type { ClientContext } from '../context.ts'
import type { Db } from '../db/client.ts'
import { codesNeeded } from '../limits/chance.ts'
import { publicId } from '../values/ids.ts'
import type { Text } from '../words/text.ts'
import { flashPool } from './guess-chance.ts'
import type { Routing } from './routing.ts'

const ACCOUNTS_MAX = 500
const DAYS_SHOWN = 14

/** The pool of an account's flash calls, as people see it. */
export type AccountNumbers = {
  id: string
  name: string
  provider: string
  /** How many numbers, different endings, and digits of a code. */
  numbers: number
  endings: number
  digits: number
  /** E.164, in order; `last` equals `first` for a single number. */
  ranges: readonly { first: string; last: string; count: number }[]
  /** How many more endings the tenant's policy needs; 0: it lets the account serve flash calls; null: no pool suffices. */
  missing: number | null
  /** Flash calls in progress, and how many numbers they lease; null: a number bears several calls at once. */
  calls: number
  leased: number | null
  /** What the last check found; null: nothing is known. */
  check: { result: 'owned' | 'unconfirmed' | 'foreign'; foreign: readonly string[]; at: Date } | null
  /** The last days on which the operator told calling numbers, newest first. `day`: `2026-01-31`, UTC. */
  days: readonly { day: string; told: number; replaced: number }[]
}

type Checked = {
  numbersCheck: 'owned' | 'unconfirmed' | 'foreign' | null
  numbersForeign: string[] | null
  numbersAt: Date | null
}
type Row = { id: string; name: string; provider: string } & Checked

/** An account that would make flash calls if it had numbers to call from. `why`: what it lacks. */
export type NumberlessAccount = { id: string; name: string; provider: string; why: Text }

/** The real accounts by name, the first 500, each with its pool for flash calls, or what it lacks for one. */
async function readAccounts(sql: Db['sql'], routing: Pick<Routing, 'account'>) {
  const rows = await sql<Row[]>`
    select a.id, a.name, a.provider, s.numbers_check, s.numbers_foreign, s.numbers_at
    from provider_accounts a left join account_states s on s.account_id = a.id
    where a.deleted_at is null and a.sandbox_tenant_id is null order by a.name limit ${ACCOUNTS_MAX}`
  const routed = await Promise.all(rows.map(({ id }) => routing.account(id)))
  return rows.flatMap((row, i) => {
    const held = routed[i]
    if (!held) return []
    const { settings, credentials } = held.account
    const lacks = held.provider.capabilities(settings, credentials).needs?.flash_call ?? null
    return [{ ...row, held: flashPool(held), lacks }]
  })
}

const withPool = (rows: Awaited<ReturnType<typeof readAccounts>>) =>
  rows.flatMap(({ held, ...row }) => (held ? [{ ...row, ...held }] : []))

/** The real accounts with a pool for flash calls by name, among the first 500. */
export const pooledAccounts = async (sql: Db['sql'], routing: Pick<Routing, 'account'>) =>
  withPool(await readAccounts(sql, routing))

/** The number pools of the installation: which of them serve the tenant, what is in use, and what networks show instead. */
export async function listNumbers(
  context: ClientContext,
): Promise<{ pools: AccountNumbers[]; numberless: NumberlessAccount[] }> {
  const { db, routing, policies, actor } = context
  const [rows, { policy }] = await Promise.all([readAccounts(db.sql, routing), policies.of(actor.tenantId)])
  const accounts = withPool(rows)
  const ids = accounts.map(({ id }) => id)
  const [inFlight, days] = await Promise.all([
    db.sql<{ accountId: string; calls: number; leased: number }[]>`
      select account_id, count(*)::int as calls, count(line_hash)::int as leased from due_attempts
      where account_id = any(${ids}::uuid[]) and channel = 'flash_call'
      group by account_id`,
    db.sql<{ accountId: string; day: string; told: number; replaced: number }[]>`
      select account_id, day::text, told, replaced from account_number_days
      where account_id = any(${ids}::uuid[]) and day > (now() at time zone 'UTC')::date - ${DAYS_SHOWN}::int
      order by day desc`,
  ])
  const needed = codesNeeded(policy)
  const numberless = rows.flatMap(({ id, name, provider, lacks: why }) =>
    why ? [{ id: publicId('account', id), name, provider, why }] : [],
  )
  const pools = accounts.map(({ id, name, provider, pool, can, lines, ...checked }) => {
    const digits = can.codeLength.min
    const open = inFlight.find(({ accountId }) => accountId === id)
    return {
      id: publicId('account', id),
      name,
      provider,
      numbers: pool.size,
      endings: pool.endings,
      digits,
      ranges: pool.ranges.map(({ first, last }) => ({
        first: `+${first}`,
        last: `+${last}`,
        count: last - first + 1,
      })),
      missing: needed === null || needed > 10 ** digits ? null : Math.max(0, needed - pool.endings),
      calls: open?.calls ?? 0,
      leased: lines ? (open?.leased ?? 0) : null,
      check: presentCheck(checked),
      days: days
        .filter(({ accountId }) => accountId === id)
        .map(({ day, told, replaced }) => ({ day, told, replaced })),
    }
  })
  return { pools, numberless }
}

function presentCheck({ numbersCheck, numbersForeign, numbersAt }: Checked): AccountNumbers['check'] {
  if (!numbersCheck || !numbersAt) return null
  return { result: numbersCheck, foreign: numbersForeign ?? [], at: numbersAt }
}
