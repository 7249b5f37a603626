import { v7 } from 'uuid'
import { openDb } from '../../src/db/client.ts'
import { parseId } from '../../src/values/ids.ts'
import type { Stack } from '../../test/setup/processes.ts'
import { waitFor } from '../../test/setup/wait.ts'

const LONG_NAME = 'Оператор с очень длинным названием и ещё одним словом в конце'
const HOUR_MS = 3_600_000
const HISTORY = 1500

/**
 * Fills an installation with a month of use: operators, money, a history, and something that needs attention.
 */
export async function fill(
  stack: Stack,
  databaseUrl: string,
): Promise<{ verification: string; key: string }> {
  const admin = async (method: string, path: string, body?: unknown) => {
    const answer = await stack.request(method, path, { key: stack.adminKey, body })
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.text}`)
    return answer.body
  }
  const accounts: string[] = []
  for (const name of ['main', 'reserve', LONG_NAME]) {
    const body = {
      provider: 'telefon-ip',
      name,
      base_url: stack.sandboxUrl,
      credentials: { token: 'a'.repeat(36) },
    }
    accounts.push((await admin('POST', '/v1/provider-accounts', body)).id)
  }
  const pools: string[] = []
  for (const [name, numbers] of [
    ['own numbers', ['+74951110000-+74951119999']],
    ['few numbers', ['+74952220000-+74952220039', '+74952220077', '+74953330000-+74953330099']],
  ] as const) {
    const body = {
      provider: 'narayana',
      name,
      base_url: stack.sandboxUrl,
      credentials: { key: '0123456789' },
      settings: { numbers },
    }
    pools.push((await admin('POST', '/v1/provider-accounts', body)).id)
  }
  await admin('POST', '/v1/routes', { prefix: '+79', accounts })
  await admin('POST', '/v1/routes', { prefix: '+7495', accounts: accounts.slice(0, 1) })
  await admin('POST', '/v1/prices', { prefix: '+7', per: 'attempt', amount: '0.35', currency: 'RUB' })
  await admin('POST', '/v1/billing/topups', {
    amount: '25000',
    currency: 'RUB',
    reference: 'invoice 2026-17',
  })
  const { id: key } = await admin('POST', '/v1/api-keys', {
    name: LONG_NAME,
    scopes: ['verify', 'read', 'billing', 'admin'],
    livemode: true,
    allowed_networks: ['10.0.0.0/8', '2001:db8:aaaa:bbbb::/64'],
  })
  const db = openDb(databaseUrl, { max: 2 })
  try {
    const uuids = (ids: string[]) => ids.map((id) => parseId('account', id) ?? '')
    await history(db, uuids(accounts))
    await poolTroubles(db, uuids(pools), new URL(stack.sandboxUrl).host)
  } finally {
    await db.close()
  }
  return { verification: await oneWithEverything(stack), key }
}

/** A test verification with two operators, a wrong code and a right one. */
async function oneWithEverything(stack: Stack): Promise<string> {
  const phone = '+79000000005'
  const body = {
    phone,
    reference: 'signup-4711-with-a-reference-that-is-quite-long-indeed',
    metadata: { plan: 'pro' },
  }
  const { id } = (await stack.request('POST', '/v1/verifications', { body })).body
  const read = async () => (await stack.request('GET', `/v1/verifications/${id}`)).body
  await waitFor(async () => (await read()).status === 'delivered', { timeoutMs: 20_000 })
  const calls = await stack.request('GET', `/v1/sandbox/calls?phone=${encodeURIComponent(phone)}`)
  const { code_length } = await read()
  const code: string = calls.body.data[0].from.slice(-code_length)
  const wrong = code.replace(/.$/, (digit) => String((Number(digit) + 1) % 10))
  for (const typed of [wrong, code]) {
    await stack.request('POST', `/v1/verifications/${id}/confirm`, { body: { code: typed } })
  }
  for (const special of [1, 3, 4, 7]) {
    await stack.request('POST', '/v1/verifications', { body: { phone: `+7900000000${special}` } })
  }
  return id
}

async function history({ sql }: ReturnType<typeof openDb>, accounts: string[]): Promise<void> {
  const statuses = ['approved', 'approved', 'approved', 'approved', 'expired', 'failed', 'locked', 'denied']
  const rows = Array.from({ length: HISTORY }, (_, i) => {
    const at = new Date(Date.now() - ((i * 7919) % (30 * 24)) * HOUR_MS - i * 1000 - 20 * 60_000)
    const status = statuses[i % statuses.length] ?? ''
    return past({ i, at, status, account: accounts[i % accounts.length] ?? '', rangAfter: 2 + (i % 9) })
  })
  await insertHistory(sql, rows)
  await troubles({ sql }, accounts)
}

/** A live verification that ended. `i`: a number of its own; `rangAfter`: seconds. */
export function past({
  i,
  at,
  status,
  account,
  rangAfter,
}: {
  i: number
  at: Date
  status: string
  account: string
  rangAfter: number
}) {
  const delivered = ['approved', 'expired', 'locked'].includes(status)
  const after = (seconds: number) => new Date(at.getTime() + seconds * 1000)
  return {
    id: v7({ msecs: at.getTime() }),
    attempt: v7({ msecs: at.getTime() }),
    phone: `+79${String(240000000 + i * 131)}`,
    status,
    created: at,
    expires: after(300),
    delivered: delivered ? after(rangAfter) : null,
    completed: after(10 + (i % 40)),
    ended: after(12),
    account,
    reference: i % 3 === 0 ? `order-${i}` : null,
    failure: status === 'failed' ? 'unreachable' : null,
  }
}

/** Past verifications of the first tenant, each with one call unless it was denied. */
export async function insertHistory(
  sql: ReturnType<typeof openDb>['sql'],
  rows: readonly ReturnType<typeof past>[],
): Promise<void> {
  const [tenant] = await sql<{ id: string }[]>`select id from tenants where is_first`
  await sql`
    insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries, attempts,
      reference, failure_code, created_at, expires_at, delivered_at, completed_at, audit_seq, audit_head)
    select id, ${tenant?.id}, true, phone, 'flash_call', status, case when status = 'locked' then 0 else 3 end, 3, 0,
      case when status = 'denied' then 0 else 1 end, reference, failure, created, expires, delivered, completed, 0, ''
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, phone text, status text, reference text, failure text,
      created timestamptz, expires timestamptz, delivered timestamptz, completed timestamptz)`
  await sql`
    insert into attempts (id, verification_id, ordinal, round, channel, account_id, provider, status, status_detail, assumed,
      cost_micros, cost_currency, price_micros, price_currency, price_per, charge, created_at, placing_at, placed_at, ended_at, looks)
    select attempt, id, 1, 0, 'flash_call', account, 'telefon-ip', case when status = 'failed' then 'unreachable' else 'no_answer' end,
      'Ok: SIP 487 Request Terminated', false, 200000, 'RUB', 350000, 'RUB', 'attempt', 'captured', created, created, created, ended, 1
    from jsonb_to_recordset(${JSON.stringify(rows.filter(({ status }) => status !== 'denied'))}::jsonb)
      as r(attempt uuid, id uuid, account uuid, status text, created timestamptz, ended timestamptz)`
  // Counted before the history existed.
  await sql`delete from statistics`
  await sql`delete from statistics_marks`
}

/**
 * Adds an account with an open breaker, one with little money and a prefix it serves badly, and differences.
 */
async function troubles(
  { sql }: Pick<ReturnType<typeof openDb>, 'sql'>,
  [first, second, third]: string[],
): Promise<void> {
  await sql`
    insert into account_states (account_id, breaker, consecutive_faults, fault_ratio, open_until, balance_micros,
      balance_limit_micros, balance_currency, balance_at)
    values (${first}, 'closed', 0, 0.01, null, 1250000000, 0, 'RUB', now()),
      (${second}, 'open', 7, 0.62, now() + interval '1 minute', 90000, 1000000, 'RUB', now()),
      (${third}, 'half_open', 1, 0.2, null, null, null, null, null)
    on conflict (account_id) do update set breaker = excluded.breaker, balance_micros = excluded.balance_micros,
      balance_limit_micros = excluded.balance_limit_micros, balance_currency = excluded.balance_currency,
      fault_ratio = excluded.fault_ratio`
  const shares = [0.97, 0.91, 0.74, 0.52, 0.33, 0.12]
  for (const [i, account] of [first, second, third].entries()) {
    for (const [j, prefix] of ['+7901', '+7912', '+7924', '+7963', '+7981', '+7999'].entries()) {
      if ((i + j) % 5 === 4) continue
      const share = shares[(i * 2 + j) % shares.length] ?? 0
      await sql`
        insert into account_ratios (account_id, prefix, delivered, delivered_calls, approved, approved_calls, demoted_at)
        values (${account}, ${prefix}, ${share}, ${40 + j}, ${share * 0.8}, ${30 + j}, ${share < 0.3 ? new Date() : null})`
    }
  }
  const run = v7()
  await sql`
    insert into reconciliation_runs (id, account_id, from_at, to_at, status, records, attempts, findings, finished_at)
    values (${run}, ${first}, now() - interval '1 day', now(), 'done', 400, 399, 3, now())`
  const [attempt] = await sql<
    { id: string }[]
  >`select id from attempts where provider = 'telefon-ip' order by id desc limit 1`
  for (const [kind, ours, theirs, micros] of [
    ['charged_unknown', null, '0.200000', 200_000],
    ['price_differs', '0.200000', '0.350000', 150_000],
    ['not_charged', '0.200000', null, -200_000],
  ] as const) {
    const side = (cost: string | null) =>
      JSON.stringify({ status: cost && 'no_answer', cost, currency: cost && 'RUB' })
    await sql`
      insert into reconciliation_findings (id, run_id, account_id, kind, fingerprint, attempt_id, phone, at, ours, theirs,
        difference_micros, currency, state)
      values (${v7()}, ${run}, ${first}, ${kind}, ${kind}, ${kind === 'charged_unknown' ? null : attempt?.id}, '+79240000131', now(),
        ${side(ours)}::jsonb, ${side(theirs)}::jsonb, ${micros}, 'RUB', 'open')`
  }
}

/** Pools: a good one that networks replace, a small one that owns too little; their operator bans this server. */
async function poolTroubles(
  { sql }: Pick<ReturnType<typeof openDb>, 'sql'>,
  [good, small]: string[],
  host: string,
): Promise<void> {
  await sql`
    insert into account_states (account_id, numbers_check, numbers_foreign, numbers_at, balance_fault)
    values (${good}, 'owned', null, now(), 'banned'), (${small}, 'foreign', '{+74952220077,+74953330000}', now(), null)
    on conflict (account_id) do update set numbers_check = excluded.numbers_check, numbers_at = now(),
      numbers_foreign = excluded.numbers_foreign, balance_fault = excluded.balance_fault`
  await sql`
    insert into account_number_days (account_id, day, told, replaced)
    select ${good}, current_date - d, 4000 + 37 * d, case when d < 3 then 310 - 90 * d else 0 end
    from generate_series(0, 9) d`
  await sql`
    insert into account_stops (key, account_id, reason, said)
    values (${`narayana ${host}`}, ${good}, 'unauthorized', '{"said":"E_AUTH: API key is disabled"}') on conflict do nothing`
}
