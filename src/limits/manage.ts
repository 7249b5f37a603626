import { eq, sql } from 'drizzle-orm'
import { appendTenantEvents } from '../audit/tenant-chain.ts'
import { author, type ClientContext } from '../context.ts'
import { policies } from '../db/schema/index.ts'
import { KNOWN_DAYS } from './known.ts'
import { completePolicy, type Policy, type PolicyChanges } from './schemas.ts'
import { forgetEndedStandings } from './standings.ts'

/** The tenant's policy: its own fields, and defaults for the rest. */
export async function getPolicy({ db, actor }: ClientContext): Promise<Policy> {
  const [row] = await db.orm.select().from(policies).where(eq(policies.tenantId, actor.tenantId))
  return completePolicy(row?.fields ?? {})
}

/**
 * Changes the tenant's policy: in this process at once, in others within a second. The tenant's audit records
 * the old and new values.
 */
export async function updatePolicy(context: ClientContext, changes: PolicyChanges): Promise<Policy> {
  const { db, actor } = context
  return context.caches.changing(['policies'], () =>
    db.sql.begin(async (tx) => {
      await tx`
      insert into policies (tenant_id, fields, updated_at) values (${actor.tenantId}, '{}', now())
      on conflict (tenant_id) do nothing`
      const [row] = await tx<{ fields: Record<string, unknown> }[]>`
      select fields from policies where tenant_id = ${actor.tenantId} for update`
      const before = row?.fields ?? {}
      const after = { ...before, ...withoutAbsent(changes) }
      await tx`
      update policies set fields = ${JSON.stringify(after)}::jsonb, updated_at = now()
      where tenant_id = ${actor.tenantId}`
      const was = completePolicy(before) as Record<string, unknown>
      const changed = Object.keys(withoutAbsent(changes)).map((field) => ({
        field,
        from: was[field],
        to: after[field],
      }))
      if (changed.length > 0) {
        const event = { type: 'policy.changed', data: { changed } }
        await appendTenantEvents(tx, actor.tenantId, author(context), [event])
      }
      return completePolicy(after)
    }),
  )
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
        select ctid from ${sql.identifier(table)} where updated_at < now() - interval '25 hours'
        order by updated_at limit 5000 for update skip locked))`)
  }
  await db.sql`
    delete from known_requesters where ctid = any(array(
      select ctid from known_requesters where approved_at < now() - make_interval(days => ${KNOWN_DAYS})
      order by approved_at limit 5000 for update skip locked))`
  await forgetEndedStandings(db.sql)
}
