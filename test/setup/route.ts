import type { App } from '../../src/context.ts'
import { newId } from '../../src/values/ids.ts'

/** Adds a route for every phone to a tenant's simulated operators, so that live starts are accepted. */
export async function serveEveryPhone({ db: { sql } }: Pick<App, 'db'>, tenantId: string): Promise<void> {
  const route = newId()
  await sql`insert into routes (id, prefix, channel) values (${route}, '+', 'flash_call')`
  await sql`
    insert into route_accounts (route_id, position, account_id)
    select ${route}, row_number() over (order by provider desc) - 1, id from provider_accounts
    where sandbox_tenant_id = ${tenantId}`
}
