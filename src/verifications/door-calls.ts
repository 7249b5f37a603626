import type { Tx } from '../db/client.ts'
import type { Statement } from '../db/sql.ts'
import type { Start } from './new-verification.ts'

/**
 * The statement that gives started verifications of doors their numbers; none without them. Sent last but for
 * claims: until the commit, other starts at doors of the same tenant and mode wait for its counter.
 */
export function numberCalls(tx: Tx, starts: readonly Start[], now: Date): Statement<object[]>[] {
  const rows = starts.flatMap(({ id, tenantId, livemode, door }) =>
    door ? [{ id, tenant_id: tenantId, livemode, credential_id: door.credentialId }] : [],
  )
  if (rows.length === 0) return []
  return [
    tx`
      with fresh as (
        select *, row_number() over (partition by tenant_id, livemode order by id) as nth,
          count(*) over (partition by tenant_id, livemode) as many
        from json_to_recordset(${JSON.stringify(rows)}::json)
          as r (id uuid, tenant_id uuid, livemode bool, credential_id uuid)),
      counted as (
        insert into compat_counters as c (tenant_id, livemode, last)
        select tenant_id, livemode, count(*) from fresh group by 1, 2 order by 1, 2
        on conflict (tenant_id, livemode) do update set last = c.last + excluded.last
        returning tenant_id, livemode, last)
      insert into compat_calls (tenant_id, livemode, number, verification_id, credential_id, created_at)
      select tenant_id, livemode, last - many + nth, id, credential_id, ${now}
      from fresh join counted using (tenant_id, livemode)`,
  ]
}
