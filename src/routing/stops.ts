import { appendTenantEvents } from '../audit/tenant-chain.ts'
import type { Author } from '../context.ts'
import type { Db, Tx } from '../db/client.ts'
import type { providerAccounts } from '../db/schema/index.ts'
import { announceOwn } from '../events/outbox.ts'
import { type Clock, FRESH_MS } from '../process/caches.ts'
import { describeError, type Logger } from '../process/log.ts'
import type { Provider } from '../providers/provider.ts'
import { getProvider, type Providers, providers as registry } from '../providers/registry.ts'
import { publicId } from '../values/ids.ts'
import { inWords, type Language, pack, say, type Text, unpack, type Words } from '../words/text.ts'
import { presentAccount } from './present-account.ts'

declare module '../context.ts' {
  interface App {
    stops: Stops
  }
}

/**
 * A stop: nothing is sent for the accounts of its `key` until a person acts. `accountId`: the account whose
 * credentials were rejected; null if it was not saved, or is deleted.
 */
export type Stop = {
  key: string
  accountId: string | null
  /** The name of that account. */
  name: string | null
  reason: 'unauthorized'
  /** What the operator said, without secrets; null if it is not known. */
  said: string | null
  at: Date
  /** A check of that account did not reach the operator since: it bans our address. */
  isBanned: boolean
}

/** The account whose answer was read, with what it was asked with. `credentials`: sealed, as they are saved. */
export type Refused = { key: string; accountId: string; baseUrl: string; credentials: Buffer }

/**
 * What a process knows about stops. `has` is exact for the answers of this process, and at most a second old for
 * those of others, provided that `load` ran within the last second.
 */
export type Stops = {
  has(key: string): boolean
  /** Reads a stop and remembers whether there is one. */
  load(key: string): Promise<Stop | null>
  /**
   * The operator rejected the credentials. From here on nothing leaves from this process, even if the database
   * cannot be written to: `flush` then tries again. No effect if the account has other credentials or another address
   * meanwhile. `said`: what the operator said, without secrets.
   */
  stop(refused: Refused, said: Words): Promise<void>
  flush(): Promise<void>
  /** The rows have changed: forgets what it knows. */
  forget(keys: readonly string[]): void
}

type Known = { savedAt: number } | { unsaved: Refused; said: Words }

const AUTHOR: Author = { actor: 'system', requestId: null }

/**
 * What stops together: an account, or, where the operator bans our address, everything that we ask at its host.
 */
export function stopKey(
  { name, stopShared }: Pick<Provider, 'name' | 'stopShared'>,
  { id, baseUrl }: { id: string; baseUrl: string },
): string {
  if (!stopShared) return `account ${id}`
  const host = URL.parse(baseUrl)?.host.replace(/\.(?=:|$)/, '')
  return `${name} ${host?.toLowerCase() ?? baseUrl}`
}

export function createStops(
  { db, log }: { db: Pick<Db, 'sql'>; log: Logger },
  now: Clock = () => performance.now(),
): Stops {
  const known = new Map<string, Known>()

  async function save(refused: Refused, said: Words): Promise<void> {
    const { key } = refused
    try {
      const isCurrent = await db.sql.begin((tx) => saveStop(tx, refused, said, AUTHOR))
      if (isCurrent) known.set(key, { savedAt: now() })
      else known.delete(key)
    } catch (error) {
      log.error(
        { account: publicId('account', refused.accountId), ...describeError(error) },
        'stop not saved',
      )
    }
  }

  return {
    has: (key) => known.has(key),
    async load(key) {
      const readAt = now()
      const [stop = null] = await readStops(db.sql, [key])
      const entry = known.get(key)
      if (stop) known.set(key, { savedAt: readAt })
      else if (entry && 'savedAt' in entry && entry.savedAt < readAt) known.delete(key)
      return stop
    },
    async stop(refused, said) {
      const { key, accountId } = refused
      const entry = known.get(key)
      if (entry && 'savedAt' in entry && now() - entry.savedAt < FRESH_MS) return
      known.set(key, { unsaved: refused, said })
      log.error(
        { account: publicId('account', accountId) },
        'the operator rejects the credentials: account stopped',
      )
      await save(refused, said)
    },
    async flush() {
      const unsaved = [...known.values()].filter((entry) => 'unsaved' in entry)
      await Promise.all(unsaved.map((entry) => save(entry.unsaved, entry.said)))
    },
    forget(keys) {
      for (const key of keys) known.delete(key)
    },
  }
}

/** The stops of these keys. */
export function readStops(sql: Db['sql'] | Tx, keys: readonly string[]): Promise<Stop[]> {
  return sql<Stop[]>`
    select s.key, s.reason, s.said, s.at, a.id as account_id, a.name, coalesce(t.balance_fault = 'banned', false) as is_banned
    from account_stops s left join provider_accounts a on a.id = s.account_id and a.deleted_at is null
    left join account_states t on t.account_id = a.id
    where s.key = any(${keys as string[]}::text[])`
}

/** Whether the account, which this locks, still has the credentials and the address that it was asked with. */
export async function isAsAsked(tx: Tx, { accountId, baseUrl, credentials }: Refused): Promise<boolean> {
  const rows = await tx`
    select id from provider_accounts
    where id = ${accountId} and base_url = ${baseUrl} and credentials = ${credentials} for share`
  return rows.length > 0
}

/**
 * Writes a stop, with its audit event. Resolves to false, without a stop, if the credentials or the address have
 * been changed since the account was asked: the new ones were not rejected.
 */
async function saveStop(tx: Tx, refused: Refused, said: Words, author: Author): Promise<boolean> {
  const { key, accountId } = refused
  if (!(await isAsAsked(tx, refused))) return false
  await addStop(tx, { key, accountId, said }, author)
  return true
}

/** Writes a stop unless there is one. `accountId` null: the account has not been saved. */
export async function addStop(
  tx: Tx,
  { key, accountId, said }: Pick<Stop, 'key' | 'accountId'> & { said: Words },
  author: Author,
): Promise<void> {
  const rows = await tx<{ isNew: boolean }[]>`
    insert into account_stops (key, account_id, reason, said)
    values (${key}, ${accountId}, 'unauthorized', ${isTautology(said) ? null : pack(said)})
    on conflict (key) do update set account_id = excluded.account_id
      where account_stops.account_id is null and excluded.account_id is not null
    returning xmax = 0 as is_new`
  if (rows[0]?.isNew) await recordStop(tx, 'account.stopped', accountId, author)
}

/**
 * Ends the stops that this account caused, and that of `key`, with audit events. Resolves to the keys that a
 * process must forget.
 */
export async function endStops(
  tx: Tx,
  { key, accountId }: { key: string | null; accountId: string },
  author: Author,
): Promise<string[]> {
  const ended = await tx<{ key: string }[]>`
    delete from account_stops where account_id = ${accountId} or key = ${key} returning key`
  if (ended.length > 0) await recordStop(tx, 'account.recovered', accountId, author)
  return ended.map((stop) => stop.key)
}

async function recordStop(
  tx: Tx,
  type: 'account.stopped' | 'account.recovered',
  accountId: string | null,
  author: Author,
) {
  const reason = 'unauthorized'
  const data = { account: accountId && publicId('account', accountId), reason }
  const [event] = await appendTenantEvents(tx, null, author, [{ type, data }])
  const [row] = await tx<(typeof providerAccounts.$inferSelect)[]>`
    select * from provider_accounts where id = ${accountId}`
  const account = row ? presentAccount(row, { providers: registry }) : null
  if (event) await announceOwn(tx, [{ event, type, data: { account, reason } }])
}

/** A trunk rejects credentials without a word: that it did is the stop itself. */
const isTautology = (said: Words) => 'key' in said && said.key === 'fault_unauthorized'

/** Why an account is stopped, and what to do. */
export function explainStop({ accountId, name, isBanned }: Stop, ofAccount: string): Text {
  if (accountId === ofAccount) return say(isBanned ? 'stop_banned' : 'stop_unauthorized')
  return name === null ? say('stop_address_unowned') : say('stop_address', { account: name })
}

/** A stop as the owner of an account sees it. */
export function presentStop(stop: Stop, ofAccount: string, language: Language) {
  const { accountId, reason, said, at } = stop
  return {
    reason: accountId === ofAccount ? reason : ('address' as const),
    at: at.toISOString(),
    account: accountId && publicId('account', accountId),
    detail: inWords(language, explainStop(stop, ofAccount)),
    operator_said: said && inWords(language, unpack(said)),
  }
}

/** The real accounts by name, at most 500, each with its stop. */
export async function stoppedAccounts(sql: Db['sql'], providers: Providers) {
  const accounts = await sql<{ id: string; name: string; provider: string; baseUrl: string }[]>`
    select id, name, provider, base_url from provider_accounts
    where deleted_at is null and sandbox_tenant_id is null order by name limit 500`
  const keyed = accounts.map((account) => {
    const provider = getProvider(providers, account.provider)
    return { ...account, key: provider ? stopKey(provider, account) : '' }
  })
  const stops = await readStops(
    sql,
    keyed.map(({ key }) => key),
  )
  return keyed.map(({ key, ...account }) => ({
    ...account,
    stop: stops.find((stop) => stop.key === key) ?? null,
  }))
}
