import type { ClientContext } from '../../src/context.ts'
import type { TestApp } from '../setup/app.ts'

/** Moves the tenant’s counters and calls into the past: the database clock decides. */
export async function letPass({ app }: TestApp, { actor }: ClientContext, seconds: number): Promise<void> {
  const { tenantId } = actor
  const shift = `${seconds} seconds`
  const minutes = Math.ceil(seconds / 60)
  await app.db.sql`
    update phone_counters set
      starts = array(select at - ${shift}::interval from unnest(starts) as at order by 1),
      wrong_guesses = array(select at - ${shift}::interval from unnest(wrong_guesses) as at order by 1),
      named_starts = (select coalesce(jsonb_agg(jsonb_set(one, '{at}', to_jsonb((one->>'at')::bigint - ${seconds * 1000}::bigint))), '[]')
        from jsonb_array_elements(named_starts) as one),
      named_guesses = (select coalesce(jsonb_agg(jsonb_set(one, '{at}', to_jsonb((one->>'at')::bigint - ${seconds * 1000}::bigint))), '[]')
        from jsonb_array_elements(named_guesses) as one)
    where tenant_id = ${tenantId}`
  await app.db.sql`
    update start_counters set minutes = coalesce(
      (select jsonb_object_agg((key::bigint - ${minutes}::int)::text, value) from jsonb_each(minutes)), '{}')
    where tenant_id = ${tenantId}`
  await app.db.sql`
    update attempts set placing_at = placing_at - ${shift}::interval
    where verification_id in (select id from verifications where tenant_id = ${tenantId})`
}
