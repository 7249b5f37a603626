import type { Db } from '../../src/db/client.ts'

const BATCH = 50_000
const PRICE = 350_000

/**
 * Charged calls of the first tenant, spread over this month to date, with their verifications and ledger rows.
 */
export async function seedRecords({ sql }: Db, records: number): Promise<void> {
  await sql.unsafe(`
    create function pg_temp.id_at(at timestamptz, kind int, n bigint) returns uuid language sql immutable as $$
      select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(kind), 3, '0')
        || '8' || lpad(to_hex(n), 15, '0'))::uuid $$`)
  for (let done = 0; done < records; done += BATCH) {
    const count = Math.min(BATCH, records - done)
    await sql.begin(async (tx) => {
      await tx`set local statement_timeout = 0`
      await tx`create temporary table calls on commit drop as
        select n, t.id as tenant_id, at, '+7924' || lpad((n % 10000000)::text, 7, '0') as phone,
          pg_temp.id_at(at, 1, n) as verification_id, pg_temp.id_at(at, 2, n) as attempt_id,
          pg_temp.id_at(at, 3, n) as reserve_id, pg_temp.id_at(at, 4, n) as capture_id
        from (select id from tenants where is_first) t,
          generate_series(${done + 1}::bigint, ${done + count}::bigint) n,
          lateral (select date_trunc('month', now()) + (now() - date_trunc('month', now())) * (n::float8 / (${records}::float8 + 1)) as at) m`
      await tx`
        insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries,
          attempts, created_at, expires_at, completed_at, audit_seq, audit_head)
        select verification_id, tenant_id, true, phone, 'flash_call', 'approved', 3, 3, 0, 1, at, at + interval '5 minutes',
          at + interval '20 s', 0, '' from calls`
      await tx`
        insert into attempts (id, verification_id, ordinal, round, channel, provider, status, status_detail, assumed,
          cost_micros, cost_currency, price_micros, price_currency, price_per, charge, settled_at, created_at, placing_at,
          placed_at, ended_at, looks)
        select attempt_id, verification_id, 1, 0, 'flash_call', 'telefon-ip', 'no_answer', 'Ok: SIP 487 Request Terminated',
          false, 200000, 'RUB', ${PRICE}, 'RUB', 'attempt', 'captured', at + interval '10 s', at, at, at + interval '1 s',
          at + interval '10 s', 1 from calls`
      await tx`
        insert into ledger_transactions (id, kind, owner_id, from_account, to_account, currency, amount_micros,
          verification_id, attempt_id, tenant_id, actor, at)
        select reserve_id, 'reserve', tenant_id, 'funds', 'reserved', 'RUB', ${PRICE}::bigint,
          verification_id, attempt_id, tenant_id, 'system', at from calls
        union all
        select capture_id, 'capture', tenant_id, 'reserved', 'revenue', 'RUB', ${PRICE}::bigint,
          verification_id, attempt_id, tenant_id, 'worker', at + interval '10 s' from calls`
    })
  }
  await sql.begin(async (tx) => {
    await tx`set local statement_timeout = 0`
    await tx`
      insert into daily_spend (tenant_id, day, spent_micros, captured_micros, captured_calls)
      select tenant_id, (at at time zone 'utc')::date, 0, count(*) * ${PRICE}::bigint, count(*)
      from ledger_transactions where kind = 'capture' group by 1, 2`
    await tx`analyze`
  })
}
