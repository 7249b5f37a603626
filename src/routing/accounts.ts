import { isDeepStrictEqual } from 'node:util'
import { and, asc, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import { changedFields, recordAdministration } from '../audit/administration.ts'
import { author, type ClientContext } from '../context.ts'
import { type OrmTx, sqlOf, violatedConstraint } from '../db/client.ts'
import { providerAccounts, routeAccounts, routes } from '../db/schema/index.ts'
import { AppError } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { afterCursor, type PageInput } from '../input/cursor.ts'
import { getProvider } from '../providers/registry.ts'
import { newId, parseId, publicId } from '../values/ids.ts'
import { toPage } from '../values/pages.ts'
import { say } from '../words/text.ts'
import { type CredentialsCheck, presentCheck, requireWorking, tryAccount } from './account-check.ts'
import { changedDraft, newDraft, providerOf, savedCredentials } from './account-draft.ts'
import { keepBalance } from './balance.ts'
import type {
  AccountView,
  CreateAccountInput,
  CreatedAccountView,
  UpdateAccountInput,
  UpdatedAccountView,
} from './schemas.ts'

type Row = typeof providerAccounts.$inferSelect

/**
 * Adds an account at an operator. Its credentials are tried first, sealed, and never answered again; with `check: "require"`
 * nothing is saved unless they work.
 */
export function createAccount(
  context: ClientContext,
  input: CreateAccountInput,
): Promise<CreatedAccountView> {
  return context.caches.changing(['accounts'], () => once(context, () => addAccount(context, input)))
}

async function addAccount(context: ClientContext, input: CreateAccountInput): Promise<CreatedAccountView> {
  const { db, config, secrets } = context
  const provider = providerOf(input.provider)
  const id = newId()
  const draft = newDraft(config, provider, input)
  const check = await tryAccount(config, provider, id, draft)
  if (input.check === 'require') requireWorking(check, draft.baseUrl)
  const { baseUrl, settings } = draft
  const credentials = secrets.seal(draft.credentials, id)
  const values = { id, provider: provider.name, name: input.name, baseUrl, credentials, settings }
  return named(() =>
    db.orm.transaction(async (tx) => {
      const [row] = await tx.insert(providerAccounts).values(values).returning()
      await keepCheck(tx, context, id, check)
      const view = presentAccount(row as Row)
      const data = { ...accountFacts(view), credentials: Object.keys(input.credentials).sort() }
      await recordAdministration(tx, null, author(context), 'account.created', data)
      return remember(context, tx, { ...view, check: presentCheck(check, baseUrl) })
    }),
  )
}

/** The accounts of the installation, newest first; those of the sandbox are none of them. */
export async function listAccounts({ db }: ClientContext, query: PageInput) {
  const after = afterCursor(query)
  const rows = await db.orm
    .select()
    .from(providerAccounts)
    .where(and(isReal, after ? lt(providerAccounts.id, after) : undefined))
    .orderBy(desc(providerAccounts.id))
    .limit(query.limit + 1)
  return toPage(rows, query.limit, presentAccount)
}

/** One account. */
export async function getAccount({ db }: ClientContext, input: { id: string }) {
  const [row] = await db.orm.select().from(providerAccounts).where(existing(input.id))
  if (!row) throw unknownAccount()
  return presentAccount(row)
}

/**
 * Changes an account: credentials are replaced as a whole, settings one by one. Anything but a new name is tried first; with
 * `check: "require"` nothing is saved unless it works. Calls follow within a second.
 */
export async function updateAccount(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdateAccountInput },
): Promise<UpdatedAccountView> {
  const { db, config, secrets } = context
  const isRequired = changes.check === 'require'
  const [before] = await db.orm.select().from(providerAccounts).where(existing(id))
  if (!before) throw unknownAccount()
  const tried = changedDraft(context, before, changes)
  const { base_url, credentials, settings } = changes
  const check =
    isRequired || [base_url, credentials, settings].some((part) => part !== undefined)
      ? await tryAccount(config, providerOf(before.provider), before.id, tried)
      : null
  if (check && isRequired) requireWorking(check, tried.baseUrl)
  return context.caches.changing(['accounts'], () =>
    named(() =>
      db.orm.transaction(async (tx) => {
        const [found] = await tx.select().from(providerAccounts).where(existing(id)).for('no key update')
        if (!found) throw unknownAccount()
        const draft = changedDraft(context, found, changes)
        if (isRequired && !isDeepStrictEqual(draft, tried)) throw changedMeanwhile()
        const given = credentials === undefined ? null : draft.credentials
        const set = {
          name: changes.name,
          baseUrl: base_url === undefined ? undefined : draft.baseUrl,
          credentials: given === null ? undefined : secrets.seal(given, found.id),
          settings: draft.settings,
          updatedAt: sql`now()`,
        }
        const [row] = await tx
          .update(providerAccounts)
          .set(set)
          .where(eq(providerAccounts.id, found.id))
          .returning()
        // Before the audit's lock: in the order of the balance watch.
        if (check) await keepCheck(tx, context, found.id, check)
        const view = presentAccount(row as Row)
        const changed = changedFields(accountFacts(presentAccount(found)), accountFacts(view))
        const renewed =
          given === null ? [] : changedCredentials(savedCredentials(secrets, found) ?? '{}', given)
        if (changed.length > 0 || renewed.length > 0) {
          const data = { account: view.id, changed, credentials: renewed }
          await recordAdministration(tx, null, author(context), 'account.updated', data)
        }
        return { ...view, check: check && presentCheck(check, tried.baseUrl) }
      }),
    ),
  )
}

/** Takes an account away. Its calls are followed to their end. Throws 409 while a route uses it. */
export async function deleteAccount(context: ClientContext, { id }: { id: string }): Promise<void> {
  await context.caches.changing(['accounts'], () =>
    context.db.orm.transaction(async (tx) => {
      const [found] = await tx.select().from(providerAccounts).where(existing(id)).for('update')
      if (!found) throw unknownAccount()
      const using = await tx
        .select({ id: routes.id, prefix: routes.prefix })
        .from(routeAccounts)
        .innerJoin(routes, eq(routes.id, routeAccounts.routeId))
        .where(eq(routeAccounts.accountId, found.id))
        .orderBy(asc(routes.prefix))
      if (using.length > 0) {
        const names = using.map((route) => `${route.prefix} (${publicId('route', route.id)})`).join(', ')
        throw new AppError('conflict', { detail: say('account_in_use', { routes: names }) })
      }
      await tx
        .update(providerAccounts)
        .set({ deletedAt: sql`now()` })
        .where(eq(providerAccounts.id, found.id))
      const data = { account: publicId('account', found.id), name: found.name }
      await recordAdministration(tx, null, author(context), 'account.deleted', data)
    }),
  )
}

const isReal = and(isNull(providerAccounts.deletedAt), isNull(providerAccounts.sandboxTenantId))

function existing(id: string) {
  const parsed = parseId('account', id)
  if (!parsed) throw unknownAccount()
  return and(eq(providerAccounts.id, parsed), isReal)
}

function unknownAccount(): AppError {
  return new AppError('not_found', { detail: say('unknown_account') })
}

function changedMeanwhile(): AppError {
  return new AppError('conflict', { detail: say('account_changed') })
}

/** What the balance watch would have found out within a minute. */
async function keepCheck(tx: OrmTx, context: ClientContext, id: string, check: CredentialsCheck) {
  if (check.ok || check.reason !== 'unreadable') await keepBalance(sqlOf(tx), context, id, check)
}

async function named<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const refused = violatedConstraint(error) ?? violatedConstraint((error as Error).cause)
    if (refused !== 'provider_accounts_name') throw error
    throw new AppError('conflict', { detail: say('account_name_taken') })
  }
}

/** What the audit says about an account. */
const accountFacts = ({ id, provider, name, base_url, settings }: AccountView) => ({
  account: id,
  provider,
  name,
  base_url,
  settings,
})

/** The names of the fields whose values are others than before. */
function changedCredentials(before: string, after: string): string[] {
  const [old, given] = [before, after].map((text) => JSON.parse(text) as Record<string, unknown>)
  const names = new Set([...Object.keys(old ?? {}), ...Object.keys(given ?? {})])
  return [...names].filter((name) => old?.[name] !== given?.[name]).sort()
}

function presentAccount(row: Row): AccountView {
  return {
    id: publicId('account', row.id),
    provider: row.provider,
    name: row.name,
    base_url: row.baseUrl ?? '',
    settings: { ...(getProvider(row.provider)?.settings.parse(row.settings) ?? (row.settings as object)) },
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
