import type { App } from '../context.ts'

declare module '../context.ts' {
  interface App {
    subscriptions: Subscriptions
  }
}

/** An enabled endpoint; `eventTypes` null: all. */
export type Subscription = { id: string; livemode: boolean; eventTypes: readonly string[] | null }

/** The endpoints of some tenants, by tenant. */
export type Subscribed = ReadonlyMap<string, readonly Subscription[]>

export type Subscriptions = { of(tenantIds: readonly string[]): Promise<Subscribed> }

/** The cached endpoints of tenants: an event of a tenant without endpoints costs no statement. */
export function createSubscriptions({ db, caches }: Pick<App, 'db' | 'caches'>): Subscriptions {
  const enabled = caches.create(
    ['endpoints'],
    (tenantId) => db.sql<Subscription[]>`
      select id, livemode, event_types from webhook_endpoints
      where tenant_id = ${tenantId} and enabled and deleted_at is null order by id`,
  )
  return {
    async of(tenantIds) {
      const ids = [...new Set(tenantIds)]
      return new Map(await Promise.all(ids.map(async (id) => [id, await enabled(id)] as const)))
    },
  }
}
