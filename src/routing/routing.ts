import { and, asc, eq, isNotNull, isNull } from 'drizzle-orm'
import type { Channel } from '../channels/channels.ts'
import type { Db } from '../db/client.ts'
import { accountRatios, accountStates, providerAccounts, routeAccounts, routes } from '../db/schema/index.ts'
import { gatewayOf } from '../gateway/key.ts'
import type { Policies } from '../limits/policies.ts'
import type { Caches } from '../process/caches.ts'
import type { Config } from '../process/config.ts'
import type { Logger } from '../process/log.ts'
import { codeLengthOf } from '../providers/code-length.ts'
import type { Account, Capabilities, Provider } from '../providers/provider.ts'
import { getProvider, type Providers } from '../providers/registry.ts'
import { sandboxBaseUrl } from '../sandbox/credentials.ts'
import type { Secrets } from '../secrets.ts'
import { publicId } from '../values/ids.ts'
import type { AccountState } from './breaker.ts'
import { hasPool, isPoolTooSmall } from './guess-chance.ts'
import { networkPrefix } from './ratios.ts'
import { savedSettings } from './saved-settings.ts'
import { type Refused, type Stops, stopKey } from './stops.ts'

declare module '../context.ts' {
  interface App {
    routing: Routing
  }
}

/** An account with its adapter. */
export type RoutedAccount = {
  provider: Provider
  /** The name that the installation gave it. */
  name: string
  account: Account
  /** What it can do: asked for each start, found once. */
  can: Capabilities
  /** Null before the first call. */
  state: AccountState | null
  /** What stops the account; null for a simulated one, which never stops. */
  stop: Refused | null
  /** Channels and network prefixes for which it comes behind the others: `flash_call +7924`. */
  demoted: ReadonlySet<string>
}

/** What decides the route of a call. */
export type Destination = { tenantId: string; livemode: boolean; phone: string; channel: Channel }

/** The channels that can reach a phone, each with the accounts that may serve it. */
export type Served = ReadonlyMap<Channel, readonly RoutedAccount[]> & {
  /** Channels without an account because the pools are too small for the guesses that the policy allows. */
  tooGuessable?: ReadonlySet<Channel>
}

/** Accounts (credentials opened) and routes, at most a second old, so changes need no restart. */
export type Routing = {
  /** The accounts that may serve a destination, in order; empty if none does. */
  candidates(destination: Destination): Promise<RoutedAccount[]>
  /** The routes of those of `channels` that an account serves. */
  served(destination: Omit<Destination, 'channel'>, channels: readonly Channel[]): Promise<Served>
  /**
   * The account, even if deleted: its calls are followed to their end. Null if it is unknown or cannot be
   * used.
   */
  account(id: string): Promise<RoutedAccount | null>
}

type AccountRow = typeof providerAccounts.$inferSelect
type Parts = {
  db: Db
  caches: Caches
  secrets: Secrets
  config: Pick<Config, 'SANDBOX_URL' | 'GATEWAY_URL' | 'GATEWAY_KEY' | 'allowPrivateTargets'>
  log: Logger
  providers: Providers
  stops: Stops
  policies: Policies
}

/**
 * How old routes may be for a phone without a route, in milliseconds; bounds how often such calls read them.
 */
const NEARLY_NOW_MS = 20

export function createRouting({
  db,
  caches,
  secrets,
  config,
  log,
  providers,
  stops,
  policies,
}: Parts): Routing {
  const account = caches.create(['accounts'], async (id) => {
    const [[row], [state], demoted] = await Promise.all([
      db.orm.select().from(providerAccounts).where(eq(providerAccounts.id, id)),
      db.orm.select().from(accountStates).where(eq(accountStates.accountId, id)),
      db.orm
        .select({ channel: accountRatios.channel, prefix: accountRatios.prefix })
        .from(accountRatios)
        .where(and(eq(accountRatios.accountId, id), isNotNull(accountRatios.demotedAt))),
    ])
    const routed = row ? open(row, state ?? null, new Set(demoted.map(demotionOf))) : null
    if (routed?.stop) await stops.load(routed.stop.key)
    return routed
  })

  const gateway = gatewayOf(config, secrets)

  const sandbox = caches.create(['accounts', 'tenants'], async (tenantId) => {
    const rows = await db.orm
      .select()
      .from(providerAccounts)
      .where(and(eq(providerAccounts.sandboxTenantId, tenantId), isNull(providerAccounts.deletedAt)))
    return Object.keys(providers).flatMap((name) => {
      const row = rows.find(({ provider }) => provider === name)
      return (row && open(row, null, new Set())) ?? []
    })
  })

  const accountsByPrefix = caches.create(['accounts', 'routes'], async (channel) => {
    const rows = await db.orm
      .select({ prefix: routes.prefix, account: routeAccounts.accountId })
      .from(routes)
      .innerJoin(routeAccounts, eq(routeAccounts.routeId, routes.id))
      .innerJoin(providerAccounts, eq(providerAccounts.id, routeAccounts.accountId))
      .where(
        and(
          eq(routes.channel, channel as Channel),
          isNull(providerAccounts.deletedAt),
          isNull(providerAccounts.disabledAt),
        ),
      )
      .orderBy(asc(routes.id), asc(routeAccounts.position))
    return Map.groupBy(rows, (row) => row.prefix)
  })

  function open(row: AccountRow, state: AccountState | null, demoted: Set<string>): RoutedAccount | null {
    const provider = getProvider(providers, row.provider)
    const baseUrl = row.sandboxTenantId
      ? config.SANDBOX_URL && addressIn(config.SANDBOX_URL, row.provider, provider)
      : row.baseUrl
    if (!provider || !baseUrl) return null
    // Test calls go elsewhere; an account of a person's own says what is missing.
    if (row.sandboxTenantId && provider.scheme === 'sip' && !gateway) return null
    const credentials = openCredentials(row)
    if (!credentials) return null
    const settings = provider.settings.parse(savedSettings(row.settings))
    const key = row.sandboxTenantId ? null : stopKey(provider, { id: row.id, baseUrl })
    return {
      provider,
      name: row.name,
      state,
      stop: key === null ? null : { key, accountId: row.id, baseUrl, credentials: row.credentials },
      demoted,
      can: provider.capabilities(settings, credentials),
      account: {
        id: row.id,
        baseUrl,
        credentials,
        settings,
        allowPrivateTargets: row.sandboxTenantId !== null || config.allowPrivateTargets,
        gateway,
        isStopped: () => key !== null && stops.has(key),
      },
    }
  }

  function openCredentials(row: AccountRow): unknown {
    try {
      return JSON.parse(secrets.open(row.credentials, row.id))
    } catch {
      log.error({ account: publicId('account', row.id) }, 'credentials sealed with another SECRET_KEY')
      return null
    }
  }

  async function liveRoute({ channel, phone }: Destination, freshMs?: number): Promise<RoutedAccount[]> {
    const byPrefix = await accountsByPrefix(channel, freshMs)
    for (let length = phone.length; length > 0; length--) {
      const rows = byPrefix.get(phone.slice(0, length))
      if (!rows) continue
      const found = await Promise.all(rows.map((row) => account(row.account)))
      return inOrder(
        found.filter((routed) => routed !== null),
        demotionOf({ channel, prefix: networkPrefix(phone) }),
      )
    }
    return []
  }

  async function routeOf(
    destination: Destination,
  ): Promise<{ route: RoutedAccount[]; isTooGuessable: boolean }> {
    const { livemode, tenantId, phone, channel } = destination
    let route = livemode ? await liveRoute(destination) : testRoute(phone, await sandbox(tenantId))
    // A call without a route fails for good, so look again: one may just have been created.
    if (livemode && route.length === 0) route = await liveRoute(destination, NEARLY_NOW_MS)
    const able = route.filter(({ can: { prefixes, channels } }) => {
      if (!channels[channel]) return false
      return prefixes.length === 0 || prefixes.some((prefix) => phone.startsWith(prefix))
    })
    if (!able.some((routed) => hasPool(routed, channel))) return { route: able, isTooGuessable: false }
    const { policy } = await policies.of(tenantId)
    const safe = able.filter((routed) => !isPoolTooSmall(routed, channel, policy))
    return { route: safe, isTooGuessable: able.length > 0 && safe.length === 0 }
  }

  return {
    account,
    candidates: async (destination) => (await routeOf(destination)).route,
    async served({ tenantId, livemode, phone }, channels) {
      const routes = await Promise.all(
        channels.map(async (channel) => ({
          channel,
          ...(await routeOf({ tenantId, livemode, phone, channel })),
        })),
      )
      const served = routes.flatMap(({ channel, route }) =>
        route.length > 0 ? [[channel, route] as const] : [],
      )
      const tooGuessable = routes.filter((each) => each.isTooGuessable).map(({ channel }) => channel)
      return Object.assign(new Map(served), { tooGuessable: new Set(tooGuessable) })
    },
  }
}

/** The simulated operators for a phone: those that have it to themselves, else those without such phones. */
function testRoute(phone: string, accounts: RoutedAccount[]): RoutedAccount[] {
  const own = accounts.filter(
    ({ provider: { sandboxPrefix } }) => sandboxPrefix && phone.startsWith(sandboxPrefix),
  )
  return own.length > 0 ? own : accounts.filter(({ provider }) => !provider.sandboxPrefix)
}

const addressIn = (sandboxUrl: string, name: string, provider: Provider | null) =>
  provider?.sandboxAddress?.(sandboxUrl) ?? sandboxBaseUrl(sandboxUrl, name)

/** All lengths that the codes of a channel can have through these accounts, shortest first; without 0. */
export function codeLengthsOf(served: Iterable<readonly [Channel, readonly RoutedAccount[]]>): number[] {
  const lengths = [...served].flatMap(([channel, route]) =>
    route.map(({ can: { channels }, account: { settings } }) => {
      const can = channels[channel]
      return can ? codeLengthOf(channel, can, settings) : 0
    }),
  )
  return [...new Set(lengths)].filter((length) => length > 0).sort((a, b) => a - b)
}

/** The share of calls for which a demoted account keeps its place, so that its recovery is noticed. */
const PROBE_SHARE = 0.1

const demotionOf = ({ channel, prefix }: { channel: Channel; prefix: string }) => `${channel} ${prefix}`

/** The route's order, with accounts that stopped delivering to the prefix moved to the end. */
function inOrder(route: RoutedAccount[], demotion: string): RoutedAccount[] {
  const isBehind = ({ demoted, account }: RoutedAccount) => account.settings.reorder && demoted.has(demotion)
  if (!route.some(isBehind) || Math.random() < PROBE_SHARE) return route
  return [...route.filter((routed) => !isBehind(routed)), ...route.filter(isBehind)]
}
