import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sealHours } from '../../src/audit/checkpoints/seal.ts'
import type { Context } from '../../src/context.ts'
import { PARTITIONED } from '../../src/db/partitions.ts'
import { eraseOverdue } from '../../src/erasure/retention.ts'
import { runHere } from '../admin/run.ts'
import { writeHistory } from '../audit/history.ts'
import { startTestApp } from '../setup/app.ts'

const SECRET_KEY = Buffer.alloc(32, 9).toString('base64')

/** The month so many months ago: its name and first moment. */
export function monthsAgo(months: number): { name: string; from: Date } {
  const now = new Date()
  const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1))
  return { name: from.toISOString().slice(0, 7), from }
}

/** The oldest month of the history, and how many follow. */
const OLDEST = 4
export const MONTHS = [monthsAgo(4), monthsAgo(3), monthsAgo(2)] as const
export const AFTER = monthsAgo(1)
const EACH = 6

/** Of the first month. */
type History = { count?: number; stepMs?: number }

/**
 * An installation with verifications in three past months, whose phones were erased when their retention ended, and whose
 * hours are sealed.
 */
export async function startOldInstallation({ count = EACH, stepMs = 600_000 }: History = {}) {
  const test = await startTestApp({ SECRET_KEY })
  const { sql } = test.app.db
  await makePastPartitions()
  const tenantId = (await test.newTenant()).actor.tenantId
  await sql`update tenants set retention_days = 7`
  const account = crypto.randomUUID()
  const made = []
  for (const [i, { from }] of MONTHS.entries()) {
    const start = new Date(from.getTime() + 20 * 86_400_000)
    const history = { from: start, count: i === 0 ? count : EACH, stepMs }
    made.push(await writeHistory(test, tenantId, history, (nth) => ({ livemode: nth % 2 === 0 })))
    await addCalls(from)
  }
  const system: Context = { ...test.worker, actor: { type: 'system' } }
  await eraseOverdue(system)
  for (let sealed = 1; sealed > 0; ) sealed = await sealHours(system)
  const folder = mkdtempSync(join(tmpdir(), 'ringproof-archive-'))

  const archiveCommand = ['archive', '--before', AFTER.name, '--to', folder]
  const adminWith = (env: Record<string, string>, ...args: string[]) =>
    runHere([...args, '--json'], { DATABASE_URL: test.database.url, SECRET_KEY, ...env })

  async function makePastPartitions(): Promise<void> {
    for (const table of PARTITIONED) {
      await sql.unsafe(`drop table ${table}_earlier`)
      // An installation has the month before its own.
      for (let ago = OLDEST; ago > 1; ago--) {
        const { name } = monthsAgo(ago)
        await sql.unsafe(`
          create table ${table}_${name.replace('-', '_')} partition of ${table}
          for values from (first_id_of('${name}-01')) to (first_id_of('${monthsAgo(ago - 1).name}-01'))`)
      }
      await sql.unsafe(`
        create table ${table}_earlier partition of ${table}
        for values from (minvalue) to (first_id_of('${monthsAgo(OLDEST).name}-01'))`)
    }
  }

  /** A call through an operator for each verification of a month, which was paid for if it was not a test. */
  async function addCalls(from: Date): Promise<void> {
    await sql`
      with called as (
        insert into attempts (id, verification_id, ordinal, round, channel, account_id, provider, status, assumed, looks,
          operator_row, price_micros, price_currency, price_per, charge, cost_micros, cost_currency, created_at, ended_at)
        select gen_random_uuid(), v.id, 1, 0, 'flash_call', ${account}::uuid, 'narayana', 'no_answer', false, 1,
          'row ' || v.id, case when livemode then 1500000 end, case when livemode then 'RUB' end,
          case when livemode then 'attempt' end, case when livemode then 'captured' end,
          case when livemode then 700000 end, case when livemode then 'RUB' end, v.created_at, v.completed_at
        from verifications v where v.created_at >= ${from} and v.created_at < ${from}::timestamptz + interval '1 month'
        returning *),
      spent as (
        insert into daily_spend (tenant_id, day, spent_micros, captured_micros, captured_calls)
        select ${tenantId}::uuid, (created_at at time zone 'utc')::date, sum(price_micros), sum(price_micros), count(*)
        from called where charge is not null group by 1, 2)
      insert into ledger_transactions (id, kind, owner_id, from_account, to_account, currency, amount_micros,
        verification_id, attempt_id, tenant_id, actor, at)
      select gen_random_uuid(), kind, owner_id, from_account, to_account, 'RUB', micros, verification_id, c.id, tenant_id,
        'worker', created_at
      from called c cross join lateral (values
        ('reserve', ${tenantId}::uuid, 'funds', 'reserved', price_micros, ${tenantId}::uuid),
        ('capture', ${tenantId}::uuid, 'reserved', 'revenue', price_micros, ${tenantId}::uuid),
        ('cost', ${account}::uuid, 'operator_cost', 'operator_payable', cost_micros, null)
      ) as m (kind, owner_id, from_account, to_account, micros, tenant_id) where charge is not null`
    await sql`
      insert into adopted_rows (account_id, operator_row, attempt_id)
      select account_id, operator_row, id from attempts on conflict do nothing`
  }

  return {
    ...test,
    system,
    tenantId,
    made,
    folder,
    secretKey: SECRET_KEY,
    /** Runs a command of `npm run admin --`. */
    admin: (...args: string[]) => adminWith({}, ...args),
    adminWith,
    archive: (...args: string[]) => adminWith({}, ...archiveCommand, ...args),
    /** The same as a process of its own. */
    archiveAside: () =>
      spawn(process.execPath, ['src/admin/main.ts', ...archiveCommand], {
        env: { PATH: process.env.PATH, DATABASE_URL: test.database.url, SECRET_KEY },
        stdio: 'ignore',
      }),
    /** Rows of a table in a month. */
    async rowsIn(table: string, { name }: { name: string }): Promise<number | null> {
      const part = `${table}_${name.replace('-', '_')}`
      if (!(await sql`select from pg_class where relname = ${part}`).count) return null
      const [row] = await sql.unsafe<{ count: bigint }[]>(`select count(*) from ${part}`)
      return Number(row?.count)
    },
    async stop() {
      if (existsSync(folder)) rmSync(folder, { recursive: true })
      await test.stop()
    },
  }
}

export type OldInstallation = Awaited<ReturnType<typeof startOldInstallation>>
