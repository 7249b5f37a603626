import postgres from 'postgres'

const BATCH = 50_000
const PRICE = 350_000
const TABLES = ['verifications', 'attempts', 'asked_providers', 'audit_events', 'ledger_transactions']
const ATTEMPT = '"attempt":"att_0193f2a4b6c87d1e9f0a1b2c3d4e5f60"'
const MONEY = `{${ATTEMPT},"amount":"0.350000","currency":"RUB","ledger":"led_0193f2a4b6c87d1e9f0a1b2c3d4e5f60"}`
/** The rows of the audit of a verification whose first call rang and whose code was typed: first number, types, data. */
const ROWS: readonly (readonly [seq: number, type: string, data: string])[] = [
  [
    1,
    'verification.created attempt.queued billing.reserved',
    `{"phone":"23c9dd264d11ea0c2e916e0574008055","channel":"flash_call","ttl_seconds":300,"max_checks":3}\n{${ATTEMPT},"channel":"flash_call","ordinal":1,"round":0}\n${MONEY}`,
  ],
  [
    4,
    'attempt.placing verification.calling',
    `{${ATTEMPT},"channel":"flash_call","provider":"telefon-ip","account":"prv_0193f2a4b6c87d1e9f0a1b2c3d4e5f60"}\n{}`,
  ],
  [
    6,
    'attempt.placed',
    `{${ATTEMPT},"provider":"telefon-ip","operator_call":"1795924817930020","detail":"accepted"}`,
  ],
  [
    7,
    'attempt.status billing.captured verification.delivered',
    `{${ATTEMPT},"provider":"telefon-ip","status":"no_answer","assumed":false,"detail":"Ok: SIP 487 Request Terminated"}\n${MONEY}\n{}`,
  ],
  [10, 'check.right verification.approved', '{}\n{}'],
]
const EVENTS = 11

/**
 * A year (or another span, as PostgreSQL's interval) of approved live verifications of the first tenant with
 * their attempts, events and ledger rows, written past triggers and indexes (as only a superuser can), which are
 * then built again. Phones are `+7924…`, references `order-…`.
 */
export async function writeYear(databaseUrl: string, count: number, span = '1 year'): Promise<void> {
  const sql = postgres(databaseUrl, {
    max: 2,
    onnotice: () => {},
    connection: { maintenance_work_mem: '512MB' },
  })
  const built = await sql<{ name: string; definition: string }[]>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid = any(${TABLES}::regclass[]) and not exists (select from pg_constraint where conindid = indexrelid)`
  try {
    await splitByMonth(sql, span)
    for (const { name } of built) await sql.unsafe(`drop index ${name}`)

    let done = 0
    const write = async () => {
      while (done < count) {
        const from = done + 1
        done = Math.min(count, done + BATCH)
        const to = done
        await sql.begin((tx) => writeSome(tx, count, from, to, span))
      }
    }
    await Promise.all([write(), write()])
    await Promise.all(built.map(({ definition }) => sql.unsafe(definition.replace(' ON ONLY ', ' ON '))))

    // Otherwise the first readers and autovacuum would do it during a measurement.
    await Promise.all(TABLES.map((table) => sql.unsafe(`vacuum (analyze) ${table}`)))
    await sql.unsafe('checkpoint')
  } finally {
    await sql.end()
  }
}

/** Gives each month of the span partitions of its own, as if the service had run. */
async function splitByMonth(sql: postgres.Sql, span: string): Promise<void> {
  const first = `date_trunc('month', now() at time zone 'UTC' - interval '${span}')::date`
  for (const table of TABLES) {
    await sql.unsafe(`
      do $$ declare month date := ${first}; begin
        drop table ${table}_earlier;
        while month < (date_trunc('month', now() at time zone 'UTC') - interval '1 month')::date loop
          execute format('create table %I partition of ${table} for values from (%L) to (%L)',
            '${table}' || to_char(month, '_YYYY_MM'), first_id_of(month), first_id_of((month + interval '1 month')::date));
          perform fit_partition('${table}' || to_char(month, '_YYYY_MM'), '${table}');
          month := month + interval '1 month';
        end loop;
      end $$`)
  }
}

async function writeSome(
  tx: postgres.TransactionSql,
  of: number,
  from: number,
  to: number,
  span: string,
): Promise<void> {
  await tx`set local session_replication_role = replica`
  // An id consists of the moment, the kind of row and the call's number.
  await tx`
    create temporary table calls on commit drop as
    select n, t.id as tenant_id, at, '+7924' || lpad((n * 7919 % 10000000)::text, 7, '0') as phone, head, tail,
      (head || '001' || tail)::uuid as verification_id, (head || '002' || tail)::uuid as attempt_id,
      (head || '003' || tail)::uuid as reserve_id, (head || '004' || tail)::uuid as capture_id
    from (select id from tenants where is_first) t, generate_series(${from}::bigint, ${to}::bigint) n,
      lateral (select now() - ${span}::interval * (1 - n::float8 / (${of}::float8 + 1)) - interval '1 hour' as at) m,
      lateral (select lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' as head,
        '8' || lpad(to_hex(n), 13, '0') || '00' as tail) i`
  await tx`
    insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries,
      attempts, code_length, reference, created_at, expires_at, delivered_at, completed_at, audit_seq, audit_head)
    select verification_id, tenant_id, true, phone, 'flash_call', 'approved', 3, 3, 0, 1, 4, 'order-' || n, at,
      at + interval '5 minutes', at + interval '4 s', at + interval '20 s', ${EVENTS}, sha256(n::text::bytea) from calls`
  await tx`
    insert into attempts (id, verification_id, ordinal, round, channel, provider, status, status_detail, assumed, code_hash,
      code_length, operator_call_id, cost_micros, cost_currency, price_micros, price_currency, price_per, charge, settled_at,
      created_at, placing_at, placed_at, ended_at, looks)
    select attempt_id, verification_id, 1, 0, 'flash_call', 'telefon-ip', 'no_answer', 'Ok: SIP 487 Request Terminated', false,
      sha256(n::text::bytea), 4, n, 200000, 'RUB', ${PRICE}, 'RUB', 'delivered', 'captured', at + interval '10 s', at, at,
      at + interval '1 s', at + interval '10 s', 1 from calls`
  await tx`insert into asked_providers (provider, verification_id) select 'telefon-ip', verification_id from calls`
  await tx`
    insert into audit_events (id, tenant_id, livemode, verification_id, seq, at, type, actor, request_id, data, prev_hash, hash)
    select (head || kind || tail)::uuid, tenant_id, true, verification_id, seq, at, type,
      case when seq in (1, 10) then 'key_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' else 'worker' end,
      case when seq in (1, 10) then 'req_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' end, data, hash, hash
    from calls, lateral (select uuid_send(verification_id) || uuid_send(attempt_id) as hash) h,
      (select seq, type, data, '1' || lpad(to_hex(seq), 2, '0') as kind
        from unnest(${ROWS.map(([seq]) => seq)}::int[], ${ROWS.map(([, type]) => type)}::text[],
          ${ROWS.map(([, , data]) => data)}::text[]) as e (seq, type, data)) e`
  await tx`
    insert into ledger_transactions (id, kind, owner_id, from_account, to_account, currency, amount_micros,
      verification_id, attempt_id, tenant_id, actor, at)
    select reserve_id, 'reserve', tenant_id, 'funds', 'reserved', 'RUB', ${PRICE}::bigint,
      verification_id, attempt_id, tenant_id, 'system', at from calls
    union all
    select capture_id, 'capture', tenant_id, 'reserved', 'revenue', 'RUB', ${PRICE}::bigint,
      verification_id, attempt_id, tenant_id, 'worker', at + interval '10 s' from calls`
}
