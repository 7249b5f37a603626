import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CHAIN_START, hashEvent } from '../../src/audit/chain.ts'
import { sealHours } from '../../src/audit/checkpoints/seal.ts'
import { appendTenantEvents } from '../../src/audit/tenant-chain.ts'
import { verifyAudit } from '../../src/audit/verify/verify.ts'
import { insertRows } from '../../src/db/rows.ts'
import { auditEvents, verifications } from '../../src/db/schema/index.ts'
import { createSecrets } from '../../src/secrets.ts'
import { publicId } from '../../src/values/ids.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { EVERYWHERE, idAt, type Made, OPEN, SEALED } from './attacks.ts'
import { hoursAgo, idOf, pastVerification, tamper, writeHistory } from './history.ts'

let test: TestApp
let tenantId: string
/** Verifications over four hours, and a new one that is not sealed yet. */
let made: Made

const TABLES = ['audit_events', 'audit_checkpoints', 'audit_checkpoint_leaves', 'verifications', 'tenants']

beforeAll(async () => {
  test = await startTestApp()
  tenantId = (await test.newTenant()).actor.tenantId
  made = await writeHistory(test, tenantId, { from: hoursAgo(5), count: 40, stepMs: 360_000 })
  made.push(...(await writeHistory(test, tenantId, { from: new Date(Date.now() - 10_000), count: 1 })))
  await sealHours({ ...test.worker, actor: { type: 'system' } })
  for (const table of TABLES) await test.app.db.sql.unsafe(`create table kept_${table} as table ${table}`)
})
afterEach(() =>
  tamper(test, async (tx) => {
    for (const table of TABLES) {
      await tx.unsafe(`delete from ${table}`)
      const [columns] = await tx.unsafe<{ names: string }[]>(`
        select string_agg(column_name, ', ') as names from information_schema.columns
        where table_name = '${table}' and is_generated = 'NEVER'`)
      await tx.unsafe(`insert into ${table} (${columns?.names}) select ${columns?.names} from kept_${table}`)
    }
  }),
)
afterAll(() => test.stop())

const verify = (known: string[] = []) => verifyAudit(test.app, { from: null, to: null, known })
const sealed = () => made[5] as Made[number]
const open = () => made.at(-1) as Made[number]

describe('an audit as it was written', () => {
  it('is intact, with a checkpoint for each past hour that covers the one before', async () => {
    await test.app.db.sql.begin((tx) =>
      appendTenantEvents(tx, tenantId, { actor: 'system', requestId: null }, [
        { type: 'policy.changed', data: {} },
      ]),
    )
    const report = await verify()
    expect(report.problems).toEqual([])
    expect(report.checkpoints).toBeGreaterThanOrEqual(3)
    expect(report.events).toBe(made.length * 6 + 1)
    expect(report.verifications).toBe(made.length)
    const rows = await test.app.db.sql<{ prevHash: Buffer; hash: Buffer }[]>`
      select prev_hash, hash from audit_checkpoints order by number`
    expect(rows[0]?.prevHash).toEqual(CHAIN_START)
    for (const [i, row] of rows.slice(1).entries()) expect(row.prevHash).toEqual(rows[i]?.hash)
  })

  it('is sealed once, by one of several workers', async () => {
    const before = await test.app.db.sql`select * from audit_checkpoints`
    await Promise.all([1, 2, 3].map(() => sealHours({ ...test.worker, actor: { type: 'system' } })))
    expect(await test.app.db.sql`select * from audit_checkpoints`).toEqual(before)
  })

  it('can be checked for a span', async () => {
    await tamper(test, (tx) => tx`update audit_events set data = '{}' where id = ${sealed().events[2]?.id}`)
    const later = await verifyAudit(test.app, { from: hoursAgo(2), to: null, known: [] })
    expect(later.problems).toEqual([])
    const then = await verifyAudit(test.app, { from: hoursAgo(5), to: hoursAgo(4), known: [] })
    expect(then.problems).toHaveLength(1)
  })

  it.each([
    'update audit_checkpoints set events = 0',
    'delete from audit_checkpoints',
    'truncate audit_checkpoints cascade',
    'update audit_checkpoint_leaves set part = 7',
    'delete from audit_checkpoint_leaves',
  ])('refuses "%s"', async (statement) => {
    await expect(test.app.db.sql.unsafe(statement)).rejects.toMatchObject({ code: '23001' })
  })
})

describe.each([
  { where: 'a sealed hour', its: sealed, attacks: [...EVERYWHERE, ...SEALED] },
  { where: 'the hour not yet sealed', its: open, attacks: [...EVERYWHERE, ...OPEN] },
])('in $where, the check names the place where', ({ its, attacks }) => {
  it.each(attacks)('%s', async (_, attack, expected) => {
    await tamper(test, (tx) => attack(tx, its()))
    const report = await verify()
    expect(report.problems[0]).toMatchObject(expected(its()))
  })

  it('an event was inserted after the last one', async () => {
    const { row, events } = its()
    const last = events[5] as Made[number]['events'][number]
    const forged = { ...last, id: idOf(last.at), seq: 7, prevHash: last.hash }
    await tamper(test, (tx) => insertRows(tx, auditEvents, [{ ...forged, hash: hashEvent(forged) }]))
    const [first] = (await verify()).problems
    expect(first).toMatchObject({ what: 'inserted', event: publicId('event', forged.id) })
    expect(first).toMatchObject({ verification: publicId('verification', row.id), seq: 7 })
  })
})

describe('the check of a sealed history names', () => {
  it('the first event of an inserted verification', async () => {
    const forged = pastVerification(tenantId, new Date(hoursAgo(4).getTime() + 5000), '+79249999999')
    await tamper(test, async (tx) => {
      await insertRows(tx, verifications, [forged.row])
      await insertRows(tx, auditEvents, forged.events)
    })
    const [first] = (await verify()).problems
    expect(first).toMatchObject({ what: 'inserted', event: idAt(forged, 0) })
  })

  it('an inserted event, even with an unrelated hash', async () => {
    const copied = sealed().events[5] as Made[number]['events'][number]
    const forged = { ...copied, id: idOf(copied.at), seq: 7 }
    await tamper(test, (tx) => insertRows(tx, auditEvents, [forged]))
    const [first] = (await verify()).problems
    expect(first).toMatchObject({ what: 'inserted', event: publicId('event', forged.id) })
  })

  it('events inserted before the first hour', async () => {
    const forged = pastVerification(tenantId, hoursAgo(9), '+79249999999')
    await tamper(test, async (tx) => {
      await insertRows(tx, verifications, [forged.row])
      await insertRows(tx, auditEvents, forged.events)
    })
    const [first] = (await verify()).problems
    expect(first).toMatchObject({ what: 'inserted', event: idAt(forged, 0) })
  })

  it('the first of several places', async () => {
    await tamper(test, async (tx) => {
      for (const i of [20, 3, 11]) {
        await tx`update audit_events set actor = 'system' where id = ${made[i]?.events[1]?.id}`
      }
    })
    const { problems } = await verify()
    expect(problems.map(({ event }) => event)).toEqual(
      [3, 11, 20].map((i) => idAt(made[i] as Made[number], 1)),
    )
  })

  it('a removed event of a tenant', async () => {
    const author = { actor: 'system', requestId: null }
    const events = ['key.created', 'policy.changed', 'key.revoked'].map((type) => ({ type, data: {} }))
    await test.app.db.sql.begin((tx) => appendTenantEvents(tx, tenantId, author, events))
    expect((await verify()).problem_count).toBe(0)
    await tamper(test, (tx) => tx`delete from audit_events where type = 'policy.changed'`)
    const [first] = (await verify()).problems
    expect(first).toMatchObject({ what: 'removed', tenant: publicId('tenant', tenantId), seq: 2 })
  })
})

describe('the check of checkpoints names', () => {
  it.each([
    [
      'one that was changed',
      'update audit_checkpoints set events = events + 1 where number = 2',
      'does not match its signature',
    ],
    ['one that was removed', 'delete from audit_checkpoints where number = 2', 'checkpoint 2 is missing'],
    ['the first ones gone', 'delete from audit_checkpoints where number = 1', 'before 2 are missing'],
    [
      'leaves that were changed',
      `update audit_checkpoint_leaves set leaves = set_byte(leaves, 40, 255 - get_byte(leaves, 40))
       where checkpoint_id = (select id from audit_checkpoints where number = 2)`,
      'do not match its hash',
    ],
    [
      'one with a shorter hash',
      `update audit_checkpoints set hash = '\\x00'::bytea where number = 2`,
      'does not match its signature',
    ],
    ['all of them gone', 'delete from audit_checkpoints', 'no checkpoint since'],
    ['the last ones gone', 'delete from audit_checkpoints where number > 1', 'no checkpoint since'],
  ])('%s', async (_, statement, detail) => {
    await tamper(test, (tx) => tx.unsafe(statement))
    const { problems } = await verify()
    expect(problems.map((problem) => problem.detail)).toContainEqual(expect.stringContaining(detail))
  })

  it('a history that was removed and resealed, given a known hash', async () => {
    const [kept] = await test.app.db.sql<
      { hash: Buffer }[]
    >`select hash from audit_checkpoints where number = 3`
    const known = [kept?.hash.toString('hex') as string]
    expect((await verify(known)).problem_count).toBe(0)
    await tamper(test, async (tx) => {
      await tx`delete from audit_checkpoint_leaves`
      await tx`delete from audit_checkpoints`
      await tx`delete from audit_events where verification_id = ${sealed().row.id}`
      await tx`delete from verifications where id = ${sealed().row.id}`
    })
    await sealHours({ ...test.worker, actor: { type: 'system' } })
    expect((await verify()).problem_count).toBe(0)
    expect((await verify(known)).problems).toMatchObject([{ what: 'checkpoint' }])
  })

  it('signatures of an unknown key, unless a later checkpoint vouches for them', async () => {
    const other = { ...test.app, secrets: createSecrets(Buffer.alloc(32, 7)) }
    const look = () => verifyAudit(other, { from: null, to: null, known: [] })
    expect((await look()).problems).toMatchObject([{ what: 'checkpoint' }])
    await tamper(test, async (tx) => {
      await tx`delete from audit_checkpoint_leaves where checkpoint_id =
        (select id from audit_checkpoints order by number desc limit 1)`
      await tx`delete from audit_checkpoints where number = (select max(number) from audit_checkpoints)`
    })
    await sealHours({ ...test.worker, ...other, actor: { type: 'system' } })
    expect((await look()).problems).toEqual([])
  })
})
