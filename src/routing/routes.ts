import { and, asc, desc, eq, inArray, isNull, lt } from 'drizzle-orm'
import { changedFields, recordAdministration } from '../audit/administration.ts'
import { author, type ClientContext } from '../context.ts'
import { type Db, type OrmTx, violatedConstraint } from '../db/client.ts'
import { providerAccounts, routeAccounts, routes } from '../db/schema/index.ts'
import { AppError, type FieldError, invalidFields } from '../errors.ts'
import { once } from '../idempotency/once.ts'
import { remember } from '../idempotency/remember.ts'
import { afterCursor, type PageInput } from '../input/cursor.ts'
import { newId, parseId, publicId } from '../values/ids.ts'
import { toPage } from '../values/pages.ts'
import { say } from '../words/text.ts'
import type { CreateRouteInput, RouteView, UpdateRouteInput } from './schemas.ts'

type Row = typeof routes.$inferSelect
type Orm = Db['orm']

/** Adds a route: which accounts serve a prefix, in which order. */
export function createRoute(context: ClientContext, input: CreateRouteInput): Promise<RouteView> {
  return context.caches.changing(['routes'], () => once(context, () => addRoute(context, input)))
}

function addRoute(context: ClientContext, input: CreateRouteInput): Promise<RouteView> {
  return unique(() =>
    context.db.orm.transaction(async (tx) => {
      const accounts = await lockAccounts(tx, input.accounts)
      const { prefix, channel } = input
      const [row] = await tx.insert(routes).values({ id: newId(), prefix, channel }).returning()
      await insertAccounts(tx, row as Row, accounts)
      const view = presentRoute(row as Row, accounts)
      await recordAdministration(tx, null, author(context), 'route.created', routeFacts(view))
      return remember(context, tx, view)
    }),
  )
}

/** The routes of the installation, newest first. */
export async function listRoutes({ db }: ClientContext, query: PageInput) {
  const after = afterCursor(query)
  const rows = await db.orm
    .select()
    .from(routes)
    .where(after ? lt(routes.id, after) : undefined)
    .orderBy(desc(routes.id))
    .limit(query.limit + 1)
  const accounts = await accountsOf(
    db.orm,
    rows.map((row) => row.id),
  )
  return toPage(rows, query.limit, (row) => presentRoute(row, accounts.get(row.id) ?? []))
}

/** One route. */
export async function getRoute({ db }: ClientContext, input: { id: string }): Promise<RouteView> {
  const [row] = await db.orm.select().from(routes).where(existing(input.id))
  if (!row) throw unknownRoute()
  return presentRoute(row, (await accountsOf(db.orm, [row.id])).get(row.id) ?? [])
}

/** Changes a route; `accounts` replaces all of them. Calls follow within a second. */
export async function updateRoute(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdateRouteInput },
): Promise<RouteView> {
  return context.caches.changing(['routes'], () =>
    unique(() =>
      context.db.orm.transaction(async (tx) => {
        const [found] = await tx.select().from(routes).where(existing(id)).for('update')
        if (!found) throw unknownRoute()
        const before = presentRoute(found, (await accountsOf(tx, [found.id])).get(found.id) ?? [])
        const { prefix = found.prefix, channel = found.channel } = changes
        const [row] = await tx
          .update(routes)
          .set({ prefix, channel })
          .where(eq(routes.id, found.id))
          .returning()
        if (changes.accounts) {
          const accounts = await lockAccounts(tx, changes.accounts)
          await tx.delete(routeAccounts).where(eq(routeAccounts.routeId, found.id))
          await insertAccounts(tx, found, accounts)
        }
        const view = presentRoute(row as Row, (await accountsOf(tx, [found.id])).get(found.id) ?? [])
        const changed = changedFields(before, view)
        if (changed.length > 0) {
          const data = { route: view.id, changed }
          await recordAdministration(tx, null, author(context), 'route.updated', data)
        }
        return view
      }),
    ),
  )
}

/** Takes a route away. */
export async function deleteRoute(context: ClientContext, { id }: { id: string }): Promise<void> {
  await context.caches.changing(['routes'], () =>
    context.db.orm.transaction(async (tx) => {
      const [found] = await tx.select().from(routes).where(existing(id)).for('update')
      if (!found) throw unknownRoute()
      const view = presentRoute(found, (await accountsOf(tx, [found.id])).get(found.id) ?? [])
      await tx.delete(routes).where(eq(routes.id, found.id))
      await recordAdministration(tx, null, author(context), 'route.deleted', routeFacts(view))
    }),
  )
}

/** Locked, so that none of them is deleted before the route names it. Throws 422 for what is no account. */
async function lockAccounts(tx: OrmTx, given: readonly string[]): Promise<string[]> {
  const ids = given.map((id) => parseId('account', id))
  const known = await tx
    .select({ id: providerAccounts.id })
    .from(providerAccounts)
    .where(
      and(
        inArray(
          providerAccounts.id,
          ids.filter((id) => id !== null),
        ),
        isNull(providerAccounts.deletedAt),
        isNull(providerAccounts.sandboxTenantId),
      ),
    )
    .orderBy(asc(providerAccounts.id))
    .for('share')
  const found = new Set(known.map(({ id }) => id))
  const errors = ids.flatMap((id, i): FieldError[] => {
    const path = `accounts.${i}`
    if (id === null || !found.has(id)) return [{ path, text: say('account') }]
    return ids.indexOf(id) < i ? [{ path, text: say('account_twice') }] : []
  })
  if (errors.length > 0) throw invalidFields(errors)
  return ids.filter((id) => id !== null)
}

async function insertAccounts(tx: OrmTx, { id: routeId }: Row, accounts: string[]): Promise<void> {
  await tx
    .insert(routeAccounts)
    .values(accounts.map((accountId, position) => ({ routeId, accountId, position })))
}

async function accountsOf(orm: Orm | OrmTx, routeIds: string[]): Promise<Map<string, string[]>> {
  const rows = await orm
    .select()
    .from(routeAccounts)
    .where(inArray(routeAccounts.routeId, routeIds))
    .orderBy(asc(routeAccounts.position))
  const byRoute = Map.groupBy(rows, (row) => row.routeId)
  return new Map([...byRoute].map(([id, own]) => [id, own.map((row) => row.accountId)]))
}

function existing(id: string) {
  const parsed = parseId('route', id)
  if (!parsed) throw unknownRoute()
  return eq(routes.id, parsed)
}

function unknownRoute(): AppError {
  return new AppError('not_found', { detail: say('unknown_route') })
}

async function unique<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const refused = violatedConstraint(error) ?? violatedConstraint((error as Error).cause)
    if (refused !== 'routes_prefix') throw error
    throw new AppError('conflict', { detail: say('route_taken') })
  }
}

/** What the audit says about a route. */
const routeFacts = ({ id, prefix, channel, accounts }: RouteView) => ({
  route: id,
  prefix,
  channel,
  accounts,
})

function presentRoute(row: Row, accounts: readonly string[]): RouteView {
  return {
    id: publicId('route', row.id),
    prefix: row.prefix,
    channel: row.channel,
    accounts: accounts.map((id) => publicId('account', id)),
    created_at: row.createdAt.toISOString(),
  }
}
