import { and, asc, desc, eq, isNull, lt, sql } from 'drizzle-orm'
import { changedFields, recordAdministration } from '../audit/administration.ts'
import { author, type ClientContext } from '../context.ts'
import { afterCursor, type PageInput } from '../cursor.ts'
import { violatedConstraint } from '../db/client.ts'
import { providerAccounts, routeAccounts, routes } from '../db/schema/index.ts'
import { AppError, invalid } from '../errors.ts'
import { once, remember } from '../idempotency/once.ts'
import { newId, parseId, publicId } from '../ids.ts'
import { toPage } from '../pagination.ts'
import type { Provider } from '../providers/provider.ts'
import { getProvider } from '../providers/registry.ts'
import type { Secrets } from '../secrets.ts'
import { validate } from '../validate.ts'
import { readBaseUrl } from './account-address.ts'
import type { AccountView, CreateAccountInput, UpdateAccountInput } from './schemas.ts'

type Row = typeof providerAccounts.$inferSelect

/** Adds an account at an operator. Its credentials are sealed, and never answered again. */
export function createAccount(context: ClientContext, input: CreateAccountInput): Promise<AccountView> {
  return once(context, () => addAccount(context, input))
}

async function addAccount(context: ClientContext, input: CreateAccountInput): Promise<AccountView> {
  const { db, config, secrets } = context
  const provider = providerOf(input.provider)
  const id = newId()
  const values = {
    id,
    provider: provider.name,
    name: input.name,
    baseUrl: readBaseUrl(input.base_url ?? provider.defaultBaseUrl, config),
    credentials: secrets.seal(readCredentials(provider, input.credentials), id),
    settings: readSettings(provider, input.settings),
  }
  return named(() =>
    db.orm.transaction(async (tx) => {
      const [row] = await tx.insert(providerAccounts).values(values).returning()
      const view = presentAccount(row as Row)
      const data = { ...accountFacts(view), credentials: Object.keys(input.credentials).sort() }
      await recordAdministration(tx, null, author(context), 'account.created', data)
      return remember(context, tx, view)
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

/** Changes an account: credentials are replaced as a whole, settings one by one. Calls follow within a second. */
export async function updateAccount(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdateAccountInput },
) {
  const { db, config, secrets } = context
  return named(() =>
    db.orm.transaction(async (tx) => {
      const [found] = await tx.select().from(providerAccounts).where(existing(id)).for('update')
      if (!found) throw unknownAccount()
      const provider = providerOf(found.provider)
      const { name, base_url, credentials, settings } = changes
      const given = credentials === undefined ? undefined : readCredentials(provider, credentials)
      const set = {
        name,
        baseUrl: base_url === undefined ? undefined : readBaseUrl(base_url, config),
        credentials: given === undefined ? undefined : secrets.seal(given, found.id),
        settings: settings && readSettings(provider, { ...(found.settings as object), ...settings }),
        updatedAt: sql`now()`,
      }
      const [row] = await tx
        .update(providerAccounts)
        .set(set)
        .where(eq(providerAccounts.id, found.id))
        .returning()
      const view = presentAccount(row as Row)
      const changed = changedFields(accountFacts(presentAccount(found)), accountFacts(view))
      const renewed = given === undefined ? [] : changedCredentials(openOrNone(secrets, found), given)
      if (changed.length > 0 || renewed.length > 0) {
        const data = { account: view.id, changed, credentials: renewed }
        await recordAdministration(tx, null, author(context), 'account.updated', data)
      }
      return view
    }),
  )
}

/** Takes an account away. Its calls are followed to their end. Throws 409 while a route uses it. */
export async function deleteAccount(context: ClientContext, { id }: { id: string }): Promise<void> {
  await context.db.orm.transaction(async (tx) => {
    const [found] = await tx.select().from(providerAccounts).where(existing(id)).for('update')
    if (!found) throw unknownAccount()
    const using = await tx
      .select({ id: routes.id, prefix: routes.prefix })
      .from(routeAccounts)
      .innerJoin(routes, eq(routes.id, routeAccounts.routeId))
      .where(eq(routeAccounts.accountId, found.id))
      .orderBy(asc(routes.prefix))
    if (using.length > 0) {
      const names = using.map((route) => `${route.prefix} (${publicId('route', route.id)})`)
      throw new AppError('conflict', { detail: `Routes use this account: ${names.join(', ')}.` })
    }
    await tx.update(providerAccounts).set({ deletedAt: sql`now()` }).where(eq(providerAccounts.id, found.id))
    const data = { account: publicId('account', found.id), name: found.name }
    await recordAdministration(tx, null, author(context), 'account.deleted', data)
  })
}

const isReal = and(isNull(providerAccounts.deletedAt), isNull(providerAccounts.sandboxTenantId))

function existing(id: string) {
  const parsed = parseId('account', id)
  if (!parsed) throw unknownAccount()
  return and(eq(providerAccounts.id, parsed), isReal)
}

function unknownAccount(): AppError {
  return new AppError('not_found', { detail: 'There is no such provider account.' })
}

function providerOf(name: string): Provider {
  const provider = getProvider(name)
  if (!provider) throw invalid('provider', 'is not known to this version of Ringproof')
  return provider
}

/** Cleaned of what comes along when keys are pasted. */
function readCredentials(provider: Provider, given: unknown): string {
  return JSON.stringify(validate(provider.credentials, given, 'credentials'))
}

/** As given: what was left out keeps its default, also where that changes later. */
function readSettings<T>(provider: Provider, given: T): T {
  validate(provider.settings, given, 'settings')
  return given
}

async function named<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const refused = violatedConstraint(error) ?? violatedConstraint((error as Error).cause)
    if (refused !== 'provider_accounts_name') throw error
    throw new AppError('conflict', { detail: 'Another provider account has this name.' })
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

/** After SECRET_KEY was lost nothing opens, and new credentials are the way back. */
function openOrNone(secrets: Secrets, { credentials, id }: Row): string {
  try {
    return secrets.open(credentials, id)
  } catch {
    return '{}'
  }
}

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
