import { and, asc, eq } from 'drizzle-orm'
import { CHANNELS, type Channel } from '../channels/channels.ts'
import type { App, ClientContext } from '../context.ts'
import type { Db, OrmTx } from '../db/client.ts'
import { routeAccounts, routes } from '../db/schema/index.ts'
import { getProvider } from '../providers/registry.ts'
import { parseId, publicId } from '../values/ids.ts'
import { say, type Text } from '../words/text.ts'
import { savedSettings } from './saved-settings.ts'

const ROUTES_MAX = 100

/** The routes that use an account, at most 100. `accountId`: a UUID. */
export async function usedBy(orm: Db['orm'] | OrmTx, accountId: string) {
  const using = await orm
    .select({ id: routes.id, prefix: routes.prefix, channel: routes.channel })
    .from(routeAccounts)
    .innerJoin(routes, and(eq(routes.id, routeAccounts.routeId)))
    .where(eq(routeAccounts.accountId, accountId))
    .orderBy(asc(routes.prefix), asc(routes.channel))
    .limit(ROUTES_MAX)
  return using.map((route) => ({ ...route, id: publicId('route', route.id) }))
}

/** The routes that use an account, as its owner sees them. */
export const routesThrough = ({ db }: ClientContext, { id }: { id: string }) =>
  usedBy(db.orm, parseId('account', id) ?? '')

type Told = { provider: string; settings: unknown }

/** Why an account does not serve a channel, as the end of a sentence about it; null if it does. */
export function whatLacks(
  { providers }: Pick<App, 'providers'>,
  { provider: name, settings }: Told,
  channel: Channel,
): Text | null {
  const provider = getProvider(providers, name)
  const can = provider?.capabilities(provider.settings.parse(savedSettings(settings)))
  if (can?.channels[channel]) return null
  return can?.needs?.[channel] ?? say('account_without_channel', { provider: name, channel })
}

/** The channels that an account serves. */
export const channelsOf = (app: Pick<App, 'providers'>, account: Told): Channel[] =>
  CHANNELS.filter((channel) => whatLacks(app, account, channel) === null)
