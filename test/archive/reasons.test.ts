import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { publicId } from '../../src/values/ids.ts'
import { tamper } from '../audit/history.ts'
import { MONTHS, monthsAgo, type OldInstallation, startOldInstallation } from './support.ts'

let old: OldInstallation
beforeAll(async () => {
  old = await startOldInstallation()
}, 120_000)
afterAll(() => old.stop())

const [FIRST, SECOND] = MONTHS
const THIRD = MONTHS[2]
/** A verification of the second month. */
const id = () => old.made[1]?.[0]?.row.id as string
const newId = () => crypto.randomUUID()

/** What keeps a month in the database, and what ends it. */
const CASES: [why: string, begin: () => Promise<unknown>, end: () => Promise<unknown>][] = [
  [
    'the retention of ten_',
    () => old.app.db.sql`update tenants set retention_days = 3650 where id = ${old.tenantId}`,
    () => old.app.db.sql`update tenants set retention_days = 7 where id = ${old.tenantId}`,
  ],
  [
    '1 verification(s) whose phone is not erased',
    () => old.app.db.sql`update verifications set phone = '+79240000001' where id = ${id()}`,
    () => old.app.db.sql`update verifications set phone = 'erased:00' where id = ${id()}`,
  ],
  [
    '1 verification(s) still in progress',
    () => old.app.db.sql`
      insert into live_verifications (verification_id, tenant_id, livemode, phone, expires_at)
      values (${id()}, ${old.tenantId}, false, '+79240000001', now())`,
    () => old.app.db.sql`delete from live_verifications`,
  ],
  [
    '1 call(s) to look at again',
    () => old.app.db.sql`
      insert into due_attempts (attempt_id, verification_id, due_at, slot, channel)
      values (${newId()}, ${id()}, now(), 1, 'flash_call')`,
    () => old.app.db.sql`delete from due_attempts`,
  ],
  [
    '1 hold(s) not settled',
    () => old.app.db.sql`
      update attempts set charge = 'reserved' where verification_id = ${id()}`,
    () => old.app.db.sql`
      update attempts set charge = 'captured' where verification_id = ${id()}`,
  ],
  [
    '1 erasure(s) not finished',
    () => old.app.db.sql`
      insert into erasures (id, tenant_id, livemode, kind, pseudonym, sealed_phone, actor, requested_at, verifications, cancelled)
      values (${newId()}, ${old.tenantId}, false, 'phone', 'x', ${Buffer.from('x')}, 'system', now(), 0, 0)`,
    () => tamper(old, async (tx) => void (await tx`delete from erasures where completed_at is null`)),
  ],
  [
    '1 webhook(s) of doors not requested',
    () => old.app.db.sql`
      insert into compat_notices (verification_id, sealed_url, due_at) values (${id()}, ${Buffer.from('x')}, now())`,
    () => old.app.db.sql`delete from compat_notices`,
  ],
  [
    '1 webhook(s) not delivered',
    async () => {
      const endpoint = newId()
      await old.app.db.sql`
        insert into webhook_endpoints (id, tenant_id, livemode, url, enabled, secret)
        values (${endpoint}, ${old.tenantId}, false, 'https://example.com', true, ${Buffer.from('x')})`
      await old.app.db.sql`
        insert into webhook_deliveries (id, endpoint_id, tenant_id, livemode, event_id, type, verification_id, sequence,
          body, status, tries, due_at, created_at)
        values (${newId()}, ${endpoint}, ${old.tenantId}, false, ${newId()}, 'verification.expired', ${id()}, 1,
          '{}', 'waiting', 0, now(), now())`
    },
    () => old.app.db.sql`delete from webhook_deliveries`,
  ],
  [
    'is not reconciled up to',
    async () => {
      const account = newId()
      await old.app.db.sql`
        insert into provider_accounts (id, name, provider, base_url, credentials)
        values (${account}, 'main', 'narayana', 'https://example.com', ${Buffer.from('x')})`
      await old.app.db.sql`update attempts set account_id = ${account} where verification_id = ${id()}`
    },
    () => old.app.db.sql`update provider_accounts set deleted_at = now() where name = 'main'`,
  ],
  [
    'hour(s) with its events are not sealed',
    () =>
      old.app.db.sql`update audit_checkpoints set hour = hour`.catch(() =>
        tamper(old, async (tx) => {
          await tx`create table kept as table audit_checkpoints`
          await tx`delete from audit_checkpoints where hour >= ${SECOND.from} and hour < ${THIRD.from}`
        }),
      ),
    () =>
      tamper(old, async (tx) => {
        await tx`delete from audit_checkpoints`
        await tx`insert into audit_checkpoints table kept`
      }),
  ],
]

it.each(CASES)('a month stays in the database because "%s"', async (why, begin, end) => {
  await begin()
  const { stdout } = await old.archive('--dry-run')
  const [first, second] = JSON.parse(stdout)
  await end()
  expect(second).toEqual({ month: SECOND.name, archive: false, reasons: [expect.stringContaining(why)] })
  const isOfAll = why.startsWith('the retention') || why.includes('erasure')
  expect(first.archive).toBe(!isOfAll)
  expect(JSON.parse((await old.archive('--dry-run')).stdout)[1]).toMatchObject({ reasons: [] })
})

it('months that --before does not name stay, and so do the current one and those to come', async () => {
  const early = await old.admin('archive', '--before', SECOND.name, '--dry-run')
  expect(JSON.parse(early.stdout).map(({ month }: { month: string }) => month)).toEqual([FIRST.name])
  const all = await old.admin('archive', '--before', monthsAgo(-2).name, '--dry-run')
  const months = JSON.parse(all.stdout).map(({ month }: { month: string }) => month)
  expect(months).toEqual(expect.arrayContaining(MONTHS.map(({ name }) => name)))
  expect(months).not.toContain(monthsAgo(0).name)
  expect(months).not.toContain(monthsAgo(-1).name)
  await old.app.db.sql`update verifications set phone = '+79240000002' where id = ${id()}`
})

it('archiving stops at the first month that must stay, says why, and leaves it as it was', async () => {
  const { code, stdout, stderr } = await old.archive()
  expect(code).toBe(1)
  const { archived, kept } = JSON.parse(stdout.split('\n')[0] ?? '')
  expect(archived.map(({ month }: { month: string }) => month)).toEqual([FIRST.name])
  expect(kept).toEqual({ month: SECOND.name, reasons: ['1 verification(s) whose phone is not erased'] })
  expect(stderr).toContain(SECOND.name)
  expect(readdirSync(old.folder)).toEqual([FIRST.name])
  await old.app.db.sql`update verifications set phone = 'erased:01' where id = ${id()}`
})

it('a month whose audit was changed stays, with the event named, and can be written again', async () => {
  const event = old.made[1]?.[0]?.events[2]
  await tamper(
    old,
    async (tx) => void (await tx`update audit_events set data = '{"n":7}' where id = ${event?.id}`),
  )
  const { code, stdout } = await old.archive()
  expect(code).toBe(1)
  const { kept } = JSON.parse(stdout.split('\n')[0] ?? '')
  expect(kept.month).toBe(SECOND.name)
  expect(kept.reasons.join()).toContain(`changed: evt_${event?.id.replaceAll('-', '')}`)
  expect(await old.rowsIn('audit_events', SECOND)).toBe(36)
  await old.app.db.sql`update verifications set phone = 'erased:02' where id = ${id()}`
})

it('a reconciliation of an archived month is refused, since its calls could not be found', async () => {
  const account = newId()
  await old.app.db.sql`
    insert into provider_accounts (id, name, provider, base_url, credentials)
    values (${account}, 'other', 'narayana', 'https://example.com', ${Buffer.from('x')})`
  const { code, stderr } = await old.admin(
    ...['reconciliation', 'create', '--account', publicId('account', account)],
    ...[
      '--from',
      new Date(SECOND.from.getTime() - 3_600_000).toISOString(),
      '--to',
      SECOND.from.toISOString(),
    ],
  )
  expect(code).toBe(2)
  expect(JSON.parse(stderr).error.errors).toMatchObject([{ path: 'from' }])
})

it('wrong usage is refused before anything is read', async () => {
  for (const args of [
    ['--before', '2025'],
    ['--before', '2025-13', '--to', '/tmp/x'],
    ['--before', '2025-01'],
    [],
  ]) {
    expect((await old.admin('archive', ...args)).code).toBe(2)
  }
})

it('a folder that holds something else of that name is left alone', async () => {
  const event = old.made[1]?.[0]?.events[2]
  await tamper(
    old,
    async (tx) => void (await tx`update audit_events set data = ${event?.data} where id = ${event?.id}`),
  )
  const other = `${old.folder}/${SECOND.name}`
  mkdirSync(other)
  writeFileSync(`${other}/manifest.json`, '{}')
  const { code, stdout } = await old.archive()
  expect(code).toBe(1)
  expect(JSON.parse(stdout.split('\n')[0] ?? '').kept.reasons[0]).toContain('did not write it')
  expect(readdirSync(other)).toEqual(['manifest.json'])
  rmSync(other, { recursive: true })
})

it('a month stays if all events of one of its hours were removed', async () => {
  const { sql } = old.app.db
  const part = `audit_events_${THIRD.name.replace('-', '_')}`
  await tamper(old, async (tx) => {
    await tx.unsafe(`create table kept_events as table ${part}`)
    await tx.unsafe(`delete from ${part}`)
  })
  const [event] = await sql<{ id: string }[]>`select id from kept_events order by at, id limit 1`
  const early = await old.archive()
  await tamper(old, async (tx) => void (await tx`insert into audit_events table kept_events`))
  expect(JSON.parse(early.stdout.split('\n')[0] ?? '').kept.month).toBe(THIRD.name)
  expect(early.stderr).toContain(`removed: evt_${event?.id.replaceAll('-', '')}`)
  expect((await old.archive()).code).toBe(0)
})
