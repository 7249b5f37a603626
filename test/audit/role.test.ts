import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealHours } from '../../src/audit/checkpoints/seal.ts'
import { AuditQuery } from '../../src/audit/schemas.ts'
import { listEvents } from '../../src/audit/search.ts'
import { verifyAudit } from '../../src/audit/verify/verify.ts'
import { topUp } from '../../src/billing/post-by-hand.ts'
import { TopUpInput } from '../../src/billing/schemas.ts'
import type { ClientContext } from '../../src/context.ts'
import { makePartitions } from '../../src/db/partitions.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { eraseOverdue } from '../../src/erasure/retention.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { runHere } from '../admin/run.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { beginAndRing, refusal } from '../verifications/support.ts'
import { hoursAgo, writeHistory } from './history.ts'

const ROLE = `service_${crypto.randomUUID().slice(0, 8)}`

const THIS_MONTH = new Date().toISOString().slice(0, 7).replace('-', '_')

let database: TestDatabase
let owner: postgres.Sql
let test: TestApp
let client: ClientContext

/** The statements that the documentation tells the owner to run. */
function documented(): string {
  const text = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8')
  const [, sql = ''] = /```sql\n(CREATE ROLE[\s\S]*?)```/.exec(text) ?? []
  return sql.replaceAll('ringproof_service', ROLE)
}

beforeAll(async () => {
  database = await createTestDatabase()
  owner = postgres(database.url, { max: 1, onnotice: () => {} })
  await owner.unsafe(documented())
  const url = new URL(database.url)
  url.username = ROLE
  url.password = 'change me'
  test = await startTestApp({ DATABASE_URL: url.href })
  client = await test.newTenant()
})
afterAll(async () => {
  await test?.stop()
  await owner.unsafe(`drop owned by ${ROLE}; drop role ${ROLE}`)
  await owner.end()
  await database.drop()
})

describe('a role that owns nothing', () => {
  it('is enough for the service', async () => {
    const { id, code, wrong, phone } = await beginAndRing(test, client)
    await refusal(confirm(client, { id, code: wrong }))
    await confirm(client, { id, code })
    const admin = { ...client, actor: { ...client.actor, livemode: true, scopes: ['admin' as const] } }
    await topUp(admin, TopUpInput.parse({ amount: '10.00', currency: 'RUB' }))
    await updatePolicy(admin, { starts_per_phone_day: 7 })
    await writeHistory(test, client.actor.tenantId, { from: hoursAgo(400 * 24), count: 3 })
    const system = { ...test.worker, actor: { type: 'system' as const } }
    await eraseOverdue(system)
    await erasePhone(client, { phone })
    expect(await sealHours(system)).toBeGreaterThan(0)
    expect((await listEvents(client, AuditQuery.parse({}))).data.length).toBeGreaterThan(0)
    const { problems } = await verifyAudit(test.app, { from: null, to: null, known: [] })
    expect(problems.filter(({ what }) => what !== 'not sealed')).toEqual([])
  })

  it('can have partitions made, which it may not touch itself', async () => {
    expect(await makePartitions(test.app.db.sql)).toBe(0)
    await test.app.db.sql`select make_partition(parent, month) from missing_partitions(5)`
    const [last] = await test.app.db.sql<{ name: string }[]>`
      select relname as name from pg_class where relname ~ '^verifications_[0-9_]{7}$' order by relname desc limit 1`
    await expect(test.app.db.sql.unsafe(`select from ${last?.name}`)).rejects.toMatchObject({ code: '42501' })
    const others = [
      ['tenants', last?.name.slice(-7).replace('_', '-')],
      ['verifications', '2500-01'],
      ['verifications', '1999-01'],
    ]
    for (const [table, month] of others) {
      const [row] = await test.app.db.sql`select make_partition(${table}, ${`${month}-01`}::date) as made`
      expect(row?.made).toBe(false)
    }
  })

  it.each([['--to', '/nowhere'], ['--dry-run']])(
    'cannot archive, and is told who can (%s)',
    async (...options) => {
      const { code, stderr } = await runHere(
        ['archive', '--before', THIS_MONTH.replace('_', '-'), ...options],
        {
          DATABASE_URL: test.app.config.DATABASE_URL as string,
          SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
        },
      )
      expect(code).toBe(1)
      expect(stderr).toContain('as the owner of the tables')
    },
  )

  it.each([
    `update audit_events set data = '{}'`,
    'delete from audit_events',
    'truncate audit_events',
    'delete from verifications',
    'delete from tenants',
    'update audit_checkpoints set events = 0',
    'delete from audit_checkpoint_leaves',
    'delete from erasures',
    'update ledger_transactions set amount_micros = 1',
    'delete from ledger_transactions',
    'alter table audit_events disable trigger all',
    'drop trigger audit_events_append_only on audit_events',
    'drop table audit_events cascade',
    'set session_replication_role = replica',
    'create table public.mine (id int)',
    `insert into archives (month, manifest, signature, kid) values ('2020-01-01', '{}', '', '')`,
    `update archives set manifest = '{}'`,
    'delete from archives',
    `alter table verifications detach partition verifications_${THIS_MONTH}`,
    `drop table audit_events_${THIS_MONTH}`,
    `delete from verifications_${THIS_MONTH}`,
    `truncate ledger_transactions_${THIS_MONTH}`,
    `create trigger mine before update on attempts_${THIS_MONTH} for each row execute function refuse_change()`,
  ])('is refused "%s"', async (statement) => {
    await expect(test.app.db.sql.unsafe(statement)).rejects.toMatchObject({ code: '42501' })
  })
})
