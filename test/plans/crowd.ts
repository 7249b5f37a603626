import postgres from 'postgres'
import { DUE_SLOT_SECONDS } from '../../src/db/schema/index.ts'

/** An id of now, as ours. */
const LIVE_ID = `(lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '7' || substr(md5(i::text), 1, 19))::uuid`

/** Tables that grow with use: no statement may scan one of them in full. */
export const GROWING = [
  'verifications',
  'attempts',
  'live_verifications',
  'due_attempts',
  'audit_events',
  'phone_counters',
  'start_counters',
  'prefix_conversions',
  'known_requesters',
  'idempotency_keys',
]

const COUNT = 20_000
/** More where rows are small: PostgreSQL rightly scans a table of few pages. */
const SMALL_COUNT = 60_000

/**
 * Tens of thousands of rows of one tenant in every growing table, as after months of service: nearly all
 * verifications have ended, `live` are active. Updates the statistics.
 */
export async function fill(
  databaseUrl: string,
  { tenantId, livemode }: { tenantId: string; livemode: boolean },
  accountId: string,
  { live = 40 } = {},
): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 })
  const made = `generate_series(1, ${COUNT}) as i`
  const small = `generate_series(1, ${SMALL_COUNT}) as i`
  const status = `(array['approved', 'expired', 'failed', 'cancelled', 'locked', 'denied'])[1 + i % 6]`
  // Ids that sort by time, as ours do.
  const id = (kind: string) =>
    `(lpad(to_hex((extract(epoch from now()) * 1000)::bigint - i * 10000), 12, '0') || '7${kind}' || lpad(to_hex(i), 17, '0'))::uuid`
  const at = `now() - i * interval '10 s'`
  const scope = `'${tenantId}'::uuid, ${livemode}`
  await sql.unsafe(`
    insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries,
      attempts, reference, failure_code, created_at, expires_at, completed_at, audit_seq, audit_head)
    select ${id('00')}, ${scope}, '+7924' || (1000000 + i), 'flash_call', ${status},
      case when i % 6 = 4 then 0 else 3 end, 3, 0, 1, 'order-' || i, null, ${at}, ${at} + interval '5 min',
      ${at} + interval '1 min', 4, '\\x00'
    from ${made}`)
  await crowd(databaseUrl, { tenantId, livemode }, { live })
  await sql.unsafe(`
    insert into attempts (id, verification_id, ordinal, round, channel, account_id, provider, status, assumed,
      operator_call_id, created_at, placing_at, ended_at, looks)
    select ${id('02')}, v.id, 1, 0, 'flash_call', '${accountId}', 'telefon-ip',
      case when v.completed_at is null then 'placed' else 'no_answer' end, false, 'call-' || i,
      v.created_at, v.created_at, v.completed_at, 0
    from (select *, row_number() over (order by id) as i from verifications) v`)
  await sql.unsafe(`
    insert into audit_events (id, tenant_id, livemode, verification_id, seq, at, type, actor, data, prev_hash, hash)
    select v.id, v.tenant_id, v.livemode, v.id, seq, v.created_at,
      (array['verification.created', 'attempt.queued', 'attempt.placing', 'attempt.placed'])[seq], 'worker', '{}',
      '\\x00', '\\x00'
    from verifications v, generate_series(1, 4) as seq`)
  await sql.unsafe(`
    insert into phone_counters (tenant_id, livemode, phone_key, updated_at)
    select ${scope}, sha256(i::text::bytea), ${at} from ${small}`)
  await sql.unsafe(`
    insert into known_requesters (tenant_id, livemode, phone_key, requester, approved_at)
    select ${scope}, sha256(i::text::bytea), '\\x01', ${at} from ${small}`)
  for (const [table, key] of [
    ['start_counters', 'key'],
    ['prefix_conversions', 'prefix'],
  ]) {
    await sql.unsafe(`
      insert into ${table} (tenant_id, livemode, ${key}, minutes, updated_at)
      select ${scope}, 'other ' || i, '{}', ${at} from ${small}`)
  }
  await sql.unsafe(`
    insert into idempotency_keys (tenant_id, livemode, key, fingerprint, answer, running_until, created_at)
    select ${scope}, 'key-' || i, '\\x00', '\\x00', ${at}, ${at} from ${made}`)
  for (const table of GROWING) await sql.unsafe(`analyze ${table}`)
  await sql.end()
}

/**
 * Active verifications, one a phone, each waiting for its next step, and with a call in flight at the account
 * `callsOf`. Does not update the statistics.
 */
export async function crowd(
  databaseUrl: string,
  { tenantId, livemode }: { tenantId: string; livemode: boolean },
  { live, callsOf }: { live: number; callsOf?: string },
): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 })
  await sql.unsafe(`do $$ declare part regclass; begin
    for part in select inhrelid from pg_inherits where inhparent in ('verifications'::regclass, 'attempts'::regclass) loop
      execute format('alter table %s set (autovacuum_enabled = off)', part);
    end loop; end $$`)
  await sql.unsafe(`
    insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries,
      attempts, workflow, next_at, created_at, expires_at, audit_seq, audit_head)
    select ${LIVE_ID}, '${tenantId}', ${livemode}, '+7925' || (1000000 + i), 'flash_call', 'calling', 3, 3, 0, 1,
      '[{"channel": "flash_call", "wait_seconds": 300}, {"channel": "flash_call", "wait_seconds": 300}]',
      now() + interval '1 hour', now(), now() + interval '5 min', 4, '\\x00'
    from generate_series(1, ${live}) as i`)
  await sql.unsafe(`
    insert into live_verifications (verification_id, tenant_id, livemode, phone, next_at, expires_at)
    select id, tenant_id, livemode, phone, next_at, expires_at from verifications where completed_at is null
    on conflict do nothing`)
  if (callsOf) {
    await sql.unsafe(`
      insert into attempts (id, verification_id, ordinal, round, channel, account_id, provider, status, assumed,
        operator_call_id, created_at, placing_at, looks)
      select id, id, 1, 0, 'flash_call', '${callsOf}', 'telefon-ip', 'placed', false, 'live-' || phone, now(),
        now(), 0
      from verifications where completed_at is null`)
    await sql.unsafe(`
      insert into due_attempts (attempt_id, verification_id, due_at, slot, account_id, channel)
      select id, verification_id, now() + interval '1 hour', extract(epoch from now() + interval '1 hour')::int / ${DUE_SLOT_SECONDS}, account_id, channel
      from attempts where ended_at is null`)
  }
  await sql.end()
}
