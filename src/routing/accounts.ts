import { isDeepStrictEqual } from 'node:util'
import { isNull, sql } from 'drizzle-orm'
import { author, type ClientContext } from '../context.ts'
import { type OrmTx, sqlOf } from '../db/client.ts'
import { providerAccounts } from '../db/schema/index.ts'
import { AppError } from '../errors.ts'
import { administer } from '../resources/administer.ts'
import type { Secrets } from '../secrets.ts'
import { newId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import { type CredentialsCheck, presentCheck, requireWorking, tryAccount } from './account-check.ts'
import { changedDraft, type DraftAccount, newDraft, providerOf, savedCredentials } from './account-draft.ts'
import { keepBalance } from './balance.ts'
import { keepNumbers } from './numbers-check.ts'
import { presentAccount } from './present-account.ts'
import type {
  CreateAccountInput,
  CreatedAccountView,
  UpdateAccountInput,
  UpdatedAccountView,
} from './schemas.ts'
import { addStop, endStops, stopKey } from './stops.ts'
import { usedBy } from './used-by.ts'

type Row = typeof providerAccounts.$inferSelect

const resource = administer({
  kind: 'account',
  table: providerAccounts,
  // Sandbox accounts are internal: the API does not show them.
  visible: () => isNull(providerAccounts.sandboxTenantId),
  conflicts: { provider_accounts_name: say('account_name_taken') },
  present: presentAccount,
  facts: ({ id, provider, name, base_url, settings }) => ({
    account: id,
    provider,
    name,
    base_url,
    settings,
  }),
  requireRemovable: requireUnused,
})

/**
 * Creates a provider account. Checks its credentials first and stores them sealed; no answer ever contains
 * them. With `check: "require"`, saves nothing unless they work.
 */
export function createAccount(
  context: ClientContext,
  input: CreateAccountInput,
): Promise<CreatedAccountView> {
  return resource.once(context, async () => {
    const { config, secrets } = context
    const provider = providerOf(context, input.provider)
    const draft = newDraft(config, provider, input)
    const check = await tryAccount(context, provider, newId(), draft, { isMended: true })
    if (input.check === 'require') requireWorking(check, draft.baseUrl)
    return resource.add(context, async (tx, id) => {
      const { baseUrl, settings } = draft
      const credentials = secrets.seal(draft.credentials, id)
      const { name } = input
      await tx
        .insert(providerAccounts)
        .values({ id, provider: provider.name, name, baseUrl, credentials, settings })
      if (isUnauthorized(check)) {
        const key = stopKey(provider, { id, baseUrl })
        await addStop(sqlOf(tx), { key, accountId: id, said: check.words }, author(context))
      }
      await keepCheck(tx, context, id, check)
      return {
        answer: { check: presentCheck(check, baseUrl) },
        noted: { credentials: Object.keys(input.credentials).sort() },
      }
    })
  })
}

/** The accounts of the installation, newest first. */
export const listAccounts = resource.list

/** One account. */
export const getAccount = resource.get

/**
 * Updates an account: credentials are replaced as a whole, settings one by one. Checks everything but a new
 * name first; with `check: "require"`, saves nothing unless it works. Applies to calls within a second.
 */
export async function updateAccount(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdateAccountInput },
): Promise<UpdatedAccountView> {
  const { db, secrets } = context
  const isRequired = changes.check === 'require'
  const before = await resource.find(db.orm, context.actor, id)
  const provider = providerOf(context, before.provider)
  const tried = changedDraft(context, before, changes)
  const { base_url, credentials, settings } = changes
  const check =
    isRequired || [base_url, credentials, settings].some((part) => part !== undefined)
      ? await tryAccount(context, provider, before.id, tried, {
          isMended: isMended(secrets, before, tried),
        })
      : null
  if (check && isRequired) requireWorking(check, tried.baseUrl)
  const keys: string[] = []
  const updated = await resource.update(context, { id }, async (tx, found) => {
    const draft = changedDraft(context, found, changes)
    if (isRequired && !isDeepStrictEqual(draft, tried)) throw changedMeanwhile()
    const accountId = found.id
    if (isMended(secrets, found, draft)) {
      keys.push(...(await endStops(sqlOf(tx), { key: null, accountId }, author(context))))
    }
    if (check && isUnauthorized(check)) {
      const key = stopKey(provider, { id: accountId, baseUrl: tried.baseUrl })
      await addStop(sqlOf(tx), { key, accountId, said: check.words }, author(context))
    }
    const given = credentials === undefined ? null : draft.credentials
    // Before taking the audit's lock: the balance watch locks in this order.
    if (check) await keepCheck(tx, context, found.id, check)
    return {
      set: {
        name: changes.name,
        baseUrl: base_url === undefined ? undefined : draft.baseUrl,
        credentials: given === null ? undefined : secrets.seal(given, found.id),
        settings: draft.settings,
        disabledAt:
          changes.enabled === undefined
            ? undefined
            : changes.enabled
              ? null
              : sql`coalesce(${providerAccounts.disabledAt}, now())`,
        updatedAt: sql`now()`,
      },
      answer: { check: check && presentCheck(check, tried.baseUrl) },
      noted: {
        credentials:
          given === null ? [] : changedCredentials(savedCredentials(secrets, found) ?? '{}', given),
      },
    }
  })
  context.stops.forget(keys)
  return updated
}

/** Whether the change replaces what a stop is about: credentials or address. */
const isMended = (secrets: Secrets, found: Row, { baseUrl, credentials }: DraftAccount) =>
  baseUrl !== found.baseUrl || credentials !== savedCredentials(secrets, found)

type Refusal = Extract<CredentialsCheck, { words: unknown }>

const isUnauthorized = (check: CredentialsCheck): check is Refusal =>
  !check.ok && check.reason === 'unauthorized'

/** Deletes an account; its calls in progress are followed to their end. Throws 409 while a route uses it. */
export const deleteAccount = resource.remove

async function requireUnused(tx: OrmTx, { id }: Row): Promise<void> {
  const using = await usedBy(tx, id)
  if (using.length > 0) {
    const names = using.map((route) => `${route.prefix} (${route.id})`)
    throw new AppError('conflict', { detail: say('account_in_use', { routes: names.join(', ') }) })
  }
}

function changedMeanwhile(): AppError {
  return new AppError('conflict', { detail: say('account_changed') })
}

/** Stores what the balance watch would find within a minute, and what is known about the numbers. */
async function keepCheck(tx: OrmTx, context: ClientContext, id: string, check: CredentialsCheck) {
  // Numbers may be what changed: a check that failed leaves nothing known about them.
  if (!check.ok) await keepNumbers(sqlOf(tx), id, null)
  if (check.ok || (check.reason !== 'unreadable' && check.reason !== 'stopped'))
    await keepBalance(sqlOf(tx), context, id, check)
  if (check.ok) await keepNumbers(sqlOf(tx), id, check.numbers)
}

/** The names of the fields that changed. */
function changedCredentials(before: string, after: string): string[] {
  const [old, given] = [before, after].map((text) => JSON.parse(text) as Record<string, unknown>)
  const names = new Set([...Object.keys(old ?? {}), ...Object.keys(given ?? {})])
  return [...names].filter((name) => !isDeepStrictEqual(old?.[name], given?.[name])).sort()
}
