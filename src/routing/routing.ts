import { and, asc, eq, isNull } from 'drizzle-orm'
import type { Config } from '../config.ts'
import type { Db } from '../db/client.ts'
import { providerAccounts, routeAccounts, routes } from '../db/schema/index.ts'
import type { Account, Provider } from '../providers/provider.ts'
import { providers } from '../providers/registry.ts'
import { sandboxBaseUrl } from '../sandbox/credentials.ts'
import type { Secrets } from '../secrets.ts'
import { briefly } from './briefly.ts'

/** An account with the adapter that speaks to it. */
export type RoutedAccount = { provider: Provider; account: Account }

/** What decides the route of a call. */
export type Destination = { tenantId: string; livemode: boolean; phone: string; channel: string }

/** Accounts (credentials opened) and routes, at most a second old: they can be changed without a restart. */
export type Routing = {
  /** The accounts that may serve a destination, in order; empty where nothing does. */
  candidates(destination: Destination): Promise<RoutedAccount[]>
  /** Also a deleted account: its calls are followed to their end. */
  account(id: string): Promise<RoutedAccount | null>
}

type AccountRow = typeof providerAccounts.$inferSelect
type Parts = { db: Db; secrets: Secrets; config: Pick<Config, 'SANDBOX_URL' | 'allowPrivateTargets'> }

/** The order of the simulated operators. */
const SANDBOX_ROUTE = ['telefon-ip', 'new-tel']

export function createRouting({ db, secrets, config }: Parts): Routing {
  const account = briefly(async (id: string) => {
    const [row] = await db.orm.select().from(providerAccounts).where(eq(providerAccounts.id, id))
    return row ? open(row) : null
  })

  const sandbox = briefly(async (tenantId: string) => {
    const rows = await db.orm
      .select()
      .from(providerAccounts)
      .where(and(eq(providerAccounts.sandboxTenantId, tenantId), isNull(providerAccounts.deletedAt)))
    return rows
      .flatMap((row) => open(row) ?? [])
      .sort((a, b) => SANDBOX_ROUTE.indexOf(a.provider.name) - SANDBOX_ROUTE.indexOf(b.provider.name))
  })

  const accountsByPrefix = briefly(async (channel: string) => {
    const rows = await db.orm
      .select({ prefix: routes.prefix, account: routeAccounts.accountId })
      .from(routes)
      .innerJoin(routeAccounts, eq(routeAccounts.routeId, routes.id))
      .innerJoin(providerAccounts, eq(providerAccounts.id, routeAccounts.accountId))
      .where(and(eq(routes.channel, channel), isNull(providerAccounts.deletedAt)))
      .orderBy(asc(routes.id), asc(routeAccounts.position))
    return Map.groupBy(rows, (row) => row.prefix)
  })

  function open(row: AccountRow): RoutedAccount | null {
    const provider = providers[row.provider]
    const baseUrl = row.sandboxTenantId
      ? config.SANDBOX_URL && sandboxBaseUrl(config.SANDBOX_URL, row.provider)
      : row.baseUrl
    if (!provider || !baseUrl) return null
    return {
      provider,
      account: {
        id: row.id,
        baseUrl,
        credentials: JSON.parse(secrets.open(row.credentials, row.id)),
        settings: provider.settings.parse(row.settings),
        allowPrivateTargets: row.sandboxTenantId !== null || config.allowPrivateTargets,
      },
    }
  }

  async function liveRoute({ channel, phone }: Destination): Promise<RoutedAccount[]> {
    const byPrefix = await accountsByPrefix(channel)
    for (let length = phone.length; length > 0; length--) {
      const rows = byPrefix.get(phone.slice(0, length))
      if (!rows) continue
      const found = await Promise.all(rows.map((row) => account(row.account)))
      return found.filter((routed) => routed !== null)
    }
    return []
  }

  return {
    account,
    async candidates(destination) {
      const { livemode, tenantId, phone } = destination
      const route = livemode ? await liveRoute(destination) : await sandbox(tenantId)
      return route.filter(({ provider, account }) => {
        const { prefixes } = provider.capabilities(account.settings)
        return prefixes.length === 0 || prefixes.some((prefix) => phone.startsWith(prefix))
      })
    },
  }
}
