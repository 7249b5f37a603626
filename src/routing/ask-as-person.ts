import { poolOf } from '../channels/pool.ts'
import { author, type ClientContext } from '../context.ts'
import { labelled } from '../process/tracing.ts'
import { type Account, type OperatorBalance, type Provider, ProviderFault } from '../providers/provider.ts'
import { publicId } from '../values/ids.ts'
import { say, type Text, type Words } from '../words/text.ts'
import { addStop, type Refused, stopKey } from './stops.ts'

/**
 * Whether the account owns the numbers of its pools. `unconfirmed`: the operator cannot say; `foreign`: up to ten
 * that it does not own; null: it has no pool.
 */
export type NumbersCheck = 'owned' | 'unconfirmed' | { foreign: string[] } | null

/**
 * `warning`: what its owner should know of an account that works. `banned`: no connection, after the operator
 * rejected credentials that were sent from our address.
 */
export type PersonCheck =
  | { ok: true; balance: OperatorBalance | null; numbers: NumbersCheck; warning: Text | null }
  | { ok: false; reason: ProviderFault['reason'] | 'banned'; words: Words }

/** How long a person waits for one answer of an operator, and for all of a check, in milliseconds. */
export const PATIENCE_MS = 5_000
const TOTAL_MS = 8_000

/** An account, saved or about to be, without what stops it. */
type Draft = Omit<Account, 'isStopped'>

/**
 * Requests the balance because a person asks for it: the only request that leaves for a stopped account. It does
 * not leave if another account's credentials stopped the address: that account's owner must act. `isMended` false:
 * what stopped this account has not changed, so nothing leaves for it either.
 */
export async function askAsPerson(
  context: ClientContext,
  provider: Provider,
  draft: Draft,
  { isMended, saved }: { isMended: boolean; saved: Refused | null },
): Promise<PersonCheck> {
  const key = stopKey(provider, draft)
  const stop = await context.stops.load(key)
  const isOthers = stop !== null && stop.accountId !== null && stop.accountId !== draft.id
  if (isOthers || (stop && !isMended)) return { ok: false, reason: 'stopped', words: say('fault_stopped') }
  const request_timeout_ms = Math.min(draft.settings.request_timeout_ms, PATIENCE_MS)
  const account = {
    ...draft,
    settings: { ...draft.settings, request_timeout_ms },
    isStopped: () => false,
  }
  try {
    return await inTime(ask(provider, account))
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error
    const { reason, words } = error
    if (reason === 'unauthorized' && saved) await context.stops.stop(saved, words)
    else if (reason === 'unauthorized' && provider.stopShared) await stopAddress(context, key, words)
    const isSilent = reason === 'timeout' || reason === 'unreachable'
    if (stop && provider.stopShared && isSilent) return { ok: false, reason: 'banned', words }
    return { ok: false, reason, words }
  }
}

function ask(provider: Provider, account: Account): Promise<PersonCheck> {
  const labels = { provider: provider.name, account: publicId('account', account.id), operation: 'check' }
  return labelled(labels, () => askAll(provider, account))
}

async function askAll(provider: Provider, account: Account): Promise<PersonCheck> {
  await provider.restart?.(account)
  const balance = await provider.balance(account)
  const numbers = await checkNumbers(provider, account)
  return { ok: true, balance, numbers, warning: (await provider.warning?.(account)) ?? null }
}

/** The answer, or a timeout before the HTTP request of the person who waits times out. */
async function inTime<T>(asked: Promise<T>): Promise<T> {
  const timer = Promise.withResolvers<never>()
  const timeout = setTimeout(
    () => timer.reject(new ProviderFault('timeout', say('note_answer_timeout'))),
    TOTAL_MS,
  )
  try {
    return await Promise.race([asked, timer.promise])
  } finally {
    clearTimeout(timeout)
  }
}

/** Stops the accounts of an address that bans us, whether or not the account is saved in the end. */
async function stopAddress(context: ClientContext, key: string, said: Words): Promise<void> {
  const { db, caches, stops } = context
  await caches.changing(['accounts'], async () => {
    await db.sql.begin((tx) => addStop(tx, { key, accountId: null, said }, author(context)))
    await stops.load(key)
  })
}

async function checkNumbers(provider: Provider, account: Account): Promise<NumbersCheck> {
  const pools = Object.values(provider.capabilities(account.settings, account.credentials).channels).flatMap(
    ({ pool, codeLength }) => (pool ? poolOf(pool.numbers, codeLength.min) : []),
  )
  if (pools.length === 0) return null
  if (!provider.ownNumbers) return 'unconfirmed'
  try {
    const owned = new Set(await provider.ownNumbers(account))
    const foreign = pools.flatMap((pool) => pool.foreign(owned))
    return foreign.length > 0 ? { foreign: [...new Set(foreign)].slice(0, 10) } : 'owned'
  } catch (error) {
    if (error instanceof ProviderFault && error.reason !== 'unauthorized') return 'unconfirmed'
    throw error
  }
}

/** What a failed check means: the fault's own sentence where it has one. */
export function faultOf({
  reason,
  words,
}: Pick<Extract<PersonCheck, { ok: false }>, 'reason' | 'words'>): Text {
  return 'key' in words && words.key.startsWith('fault_') ? words : say(`fault_${reason}`)
}
