import { eq, sql } from 'drizzle-orm'
import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { author, type ClientContext } from '../context.ts'
import { policies } from '../db/schema/index.ts'
import { newSecret } from '../events/secret.ts'
import { hookSealContext } from '../events/start-hook.ts'
import { originOf, readTarget } from '../events/target.ts'
import { KNOWN_DAYS } from './known.ts'
import { type ChangedPolicy, completePolicy, type Policy, type PolicyChanges } from './schemas.ts'
import { forgetEndedStandings } from './standings.ts'

/** The tenant's policy: its own fields, and defaults for the rest. */
export async function getPolicy({ db, actor }: ClientContext): Promise<Policy> {
  const [row] = await db.orm.select().from(policies).where(eq(policies.tenantId, actor.tenantId))
  return completePolicy(row?.fields ?? {})
}

/**
 * Changes the tenant's policy: in this process at once, in others within a second. The tenant's audit records
 * the old and new values. Only the answer to the change that creates the hook holds its secret. Throws 422 for a
 * hook at an address that the server must not connect to.
 */
export async function updatePolicy(context: ClientContext, changes: PolicyChanges): Promise<ChangedPolicy> {
  const { db, actor, config, secrets } = context
  const given = withoutAbsent(changes)
  if (changes.start_hook) {
    const url = readTarget(changes.start_hook.url, config, 'start_hook.url')
    given.start_hook = { ...changes.start_hook, url }
  }
  return context.caches.changing(['policies'], () =>
    db.sql.begin(async (tx) => {
      await tx`
        insert into policies (tenant_id, fields, updated_at) values (${actor.tenantId}, '{}', now())
        on conflict (tenant_id) do nothing`
      const [row] = await tx<{ fields: Record<string, unknown>; hasSecret: boolean }[]>`
        select fields, hook_secret is not null as has_secret from policies
        where tenant_id = ${actor.tenantId} for update`
      const before = row?.fields ?? {}
      const after = completePolicy({ ...before, ...given })
      const secret = after.start_hook && !row?.hasSecret ? newSecret() : null
      const sealed = secret && secrets.seal(secret, hookSealContext(actor.tenantId))
      const hasHook = after.start_hook !== null
      await tx`
        update policies set fields = ${JSON.stringify({ ...before, ...given })}::jsonb, updated_at = now(),
          hook_secret = case when ${hasHook} then coalesce(${sealed}::bytea, hook_secret) end,
          hook_former_secret = case when ${hasHook} then hook_former_secret end,
          hook_former_until = case when ${hasHook} then hook_former_until end
        where tenant_id = ${actor.tenantId}`
      const was = completePolicy(before) as Record<string, unknown>
      const changed = Object.keys(given).map((field) => audited(field, was[field], given[field]))
      if (changed.length > 0) {
        const event = { type: 'policy.changed', data: { changed } }
        await appendTenantEvents(tx, actor.tenantId, author(context), [event])
      }
      if (!secret || !after.start_hook) return after
      return { ...after, start_hook: { ...after.start_hook, secret } }
    }),
  )
}

/** Path and query of a hook's URL may hold a secret. */
function audited(field: string, from: unknown, to: unknown) {
  if (field !== 'start_hook') return { field, from, to }
  const [was, is] = [from, to] as Policy['start_hook'][]
  const shown = (hook?: Policy['start_hook']) => (hook ? { ...hook, url: originOf(hook.url) } : null)
  return { field, from: shown(was), to: shown(is), replaced: was && is && was.url !== is.url ? ['url'] : [] }
}

function withoutAbsent(changes: PolicyChanges): Record<string, unknown> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

/**
 * Deletes counters beyond every window, expired known requesters and ended standings, at most 5000 rows per table
 * and round.
 */
export async function forgetCounters({ db }: Pick<ClientContext, 'db'>): Promise<void> {
  for (const table of ['phone_counters', 'start_counters', 'prefix_conversions']) {
    await db.orm.execute(sql`
      delete from ${sql.identifier(table)} where ctid = any(array(
        select ctid from ${sql.identifier(table)} where updated_hour < now() at time zone 'UTC' - interval '26 hours'
        order by updated_hour limit 5000 for update skip locked))`)
  }
  await db.sql`
    delete from known_requesters where ctid = any(array(
      select ctid from known_requesters where approved_at < now() - make_interval(days => ${KNOWN_DAYS})
      order by approved_at limit 5000 for update skip locked))`
  await forgetEndedStandings(db.sql)
}
