import type { ClientContext } from '../context.ts'
import type { Db } from '../db/client.ts'
import { callingPrefix } from '../values/phone.ts'
import type { Concern } from './concern.ts'

/** The prefixes of routes with an account. */
export const usableRoutes = (sql: Db['sql']) => sql`
  select r.prefix from routes r
  where exists (
    select from route_accounts ra join provider_accounts a on a.id = ra.account_id
    where ra.route_id = r.id and a.deleted_at is null and a.disabled_at is null)`

/** Whether a live key can start verifications without being able to administer. */
export const hasBackEndKey = (sql: Db['sql']) => sql`
  exists (
    select from api_keys k join tenants t on t.id = k.tenant_id
    where k.livemode and k.revoked_at is null and coalesce(k.expires_at > now(), true) and 'verify' = any(k.scopes)
      and not 'admin' = any(k.scopes)
      and t.deleted_at is null)`

type Found = { account: boolean; route: boolean; common: boolean; key: boolean }

/**
 * What the installation lacks to make its first live call. Ignores routes without an existing account, and
 * admin keys, which do not belong in a back end.
 */
export async function findSetupConcerns({ db: { sql }, actor }: ClientContext): Promise<Concern[]> {
  const prefix = actor.defaultRegion && callingPrefix(actor.defaultRegion)
  const usable = usableRoutes(sql)
  const [found] = await sql<Found[]>`
    select
      exists (select from provider_accounts where deleted_at is null and sandbox_tenant_id is null) as account,
      exists (${usable}) as route,
      ${prefix ?? null}::text is null or exists (
        select from (${usable}) u where starts_with(u.prefix, ${prefix ?? ''}) or starts_with(${prefix ?? ''}, u.prefix)) as common,
      ${hasBackEndKey(sql)} as key`
  if (!found) throw new Error('a select without a table returned no row')
  const concerns: Concern[] = []
  if (!found.account) concerns.push({ kind: 'no_account' })
  else if (!found.route) concerns.push({ kind: 'no_route' })
  else if (!found.common && prefix) concerns.push({ kind: 'not_routed', prefix })
  return found.key ? concerns : [...concerns, { kind: 'no_key' }]
}
