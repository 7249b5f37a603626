import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Channel } from '../channels/channels.ts'
import type { ClientContext } from '../context.ts'
import type { OrmTx } from '../db/client.ts'
import { providerAccounts, routeAccounts, routes } from '../db/schema/index.ts'
import { type FieldError, invalidFields } from '../errors.ts'
import type { Providers } from '../providers/registry.ts'
import { administer } from '../resources/administer.ts'
import { parseId, publicId } from '../values/ids.ts'
import { say } from '../words/text.ts'
import type { CreateRouteInput, RouteView, UpdateRouteInput } from './schemas.ts'
import { whatLacks } from './used-by.ts'

/** `accounts`: ids, in the order in which they are asked. */
type Row = typeof routes.$inferSelect & { accounts: string[] }

const resource = administer({
  kind: 'route',
  table: routes,
  extra: {
    accounts: sql`array(
      select ${routeAccounts.accountId} from ${routeAccounts}
      where ${routeAccounts.routeId} = ${routes.id} order by ${routeAccounts.position})`,
  },
  conflicts: { routes_prefix: say('route_taken') },
  present: presentRoute,
  facts: ({ id, prefix, channel, accounts }) => ({ route: id, prefix, channel, accounts }),
})

/** Creates a route: which accounts serve a prefix, in which order. */
export function createRoute(context: ClientContext, input: CreateRouteInput): Promise<RouteView> {
  return resource.create(context, async (tx, id) => {
    const { prefix, channel } = input
    const accounts = await lockAccounts(tx, context.providers, input.accounts, channel)
    await tx.insert(routes).values({ id, prefix, channel })
    await insertAccounts(tx, id, accounts)
  })
}

/** The routes of the installation, newest first. */
export const listRoutes = resource.list

/** One route. */
export const getRoute = resource.get

/** Updates a route; `accounts` replaces the whole list. Applies to calls within a second. */
export function updateRoute(
  context: ClientContext,
  { id, changes }: { id: string; changes: UpdateRouteInput },
): Promise<RouteView> {
  return resource.update(context, { id }, async (tx, route) => {
    const { accounts: given, ...set } = changes
    if (given || set.channel) {
      const named = given ?? route.accounts.map((account) => publicId('account', account))
      const accounts = await lockAccounts(tx, context.providers, named, set.channel ?? route.channel)
      await tx.delete(routeAccounts).where(eq(routeAccounts.routeId, route.id))
      await insertAccounts(tx, route.id, accounts)
    }
    return { set }
  })
}

/** Deletes a route. */
export const deleteRoute = resource.remove

/**
 * Locks accounts so that none is deleted before the route uses it. Throws 422 for an unknown or repeated
 * account, and for one without the channel.
 */
async function lockAccounts(
  tx: OrmTx,
  providers: Providers,
  given: readonly string[],
  channel: Channel,
): Promise<string[]> {
  const ids = given.map((id) => parseId('account', id))
  const known = await tx
    .select({
      id: providerAccounts.id,
      provider: providerAccounts.provider,
      settings: providerAccounts.settings,
    })
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
  const found = new Map(known.map((account) => [account.id, account]))
  const errors = ids.flatMap((id, i): FieldError[] => {
    const path = `accounts.${i}`
    const account = found.get(id ?? '')
    if (!account) return [{ path, text: say('account') }]
    const lacking = whatLacks({ providers }, account, channel)
    if (lacking) return [{ path, text: lacking }]
    return ids.indexOf(account.id) < i ? [{ path, text: say('account_twice') }] : []
  })
  if (errors.length > 0) throw invalidFields(errors)
  return ids.filter((id) => id !== null)
}

async function insertAccounts(tx: OrmTx, routeId: string, accounts: string[]): Promise<void> {
  await tx
    .insert(routeAccounts)
    .values(accounts.map((accountId, position) => ({ routeId, accountId, position })))
}

function presentRoute(row: Row): RouteView {
  return {
    id: publicId('route', row.id),
    prefix: row.prefix,
    channel: row.channel,
    accounts: row.accounts.map((id) => publicId('account', id)),
    created_at: row.createdAt.toISOString(),
  }
}
