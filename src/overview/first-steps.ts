import type { ClientContext } from '../context.ts'
import { hasBackEndKey, usableRoutes } from './concerns-setup.ts'

/** What leads to a first real call, in order. */
export const FIRST_STEPS = ['account', 'route', 'price', 'key', 'webhook'] as const
export type FirstStep = (typeof FIRST_STEPS)[number]
export type FirstSteps = Readonly<Record<FirstStep, boolean>>

/**
 * Which of the first steps are done: an account whose last check worked, a route with an account, a price, a live
 * key for a back end, a webhook of the caller's tenant.
 */
export async function readFirstSteps({ db: { sql }, actor }: ClientContext): Promise<FirstSteps> {
  const [found] = await sql<FirstSteps[]>`
    select
      exists (
        select from provider_accounts a join account_states s on s.account_id = a.id
        where a.deleted_at is null and a.disabled_at is null and a.sandbox_tenant_id is null and s.balance_at is not null
          and s.balance_error is null and not exists (select from account_stops t where t.account_id = a.id)) as account,
      exists (${usableRoutes(sql)}) as route,
      exists (select from prices where deleted_at is null) as price,
      ${hasBackEndKey(sql)} as key,
      exists (
        select from webhook_endpoints
        where tenant_id = ${actor.tenantId} and livemode and enabled and deleted_at is null) as webhook`
  if (!found) throw new Error('a select without a table returned no row')
  return found
}
