import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freeze, thaw } from '../../src/archive/freeze.ts'
import { monthsBefore } from '../../src/archive/months.ts'
import { openDb } from '../../src/db/client.ts'
import { toAppError } from '../../src/exchange/problem.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, outcome } from '../verifications/support.ts'
import { AFTER, MONTHS, type OldInstallation, startOldInstallation } from './support.ts'

let old: OldInstallation
beforeAll(async () => {
  old = await startOldInstallation()
}, 120_000)
afterAll(() => old.stop())

const [FIRST] = MONTHS

it('a run that loses the database leaves neither files nor a month that cannot change', async () => {
  const other = openDb(old.database.url, { max: 2 })
  const { sql } = old.app.db
  const lost = other.sql.begin(async (tx) => {
    await tx`lock table compat_calls in access exclusive mode`
    const run = old.archive()
    await waitFor(async () => {
      const { count } = await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'ringproof archive' and wait_event_type = 'Lock'`
      return count > 0 || null
    })
    return run
  })
  const { code, stderr } = await lost
  await other.close()
  expect(code).toBe(1)
  expect(stderr).not.toBe('')
  expect(readdirSync(old.folder)).toEqual([])
  const [frozen] = await sql<{ count: bigint }[]>`select count(*) from pg_trigger where tgname = 'archiving'`
  expect(frozen?.count).toBe(0n)
  expect(await old.rowsIn('attempts', FIRST)).toBe(6)
})

it('what changes a month while it is being written is asked to come again', async () => {
  const { db } = old.app
  const [month] = await monthsBefore(db.sql, AFTER.name)
  if (!month) throw new Error('no month')
  await freeze(db, month, ['verifications'])
  const change = db.sql`update verifications set country = 'RU' where id = ${old.made[0]?.[0]?.row.id}`
  const refused = await change.then(null, (error: unknown) => error)
  expect(refused).toMatchObject({ code: '55006' })
  expect(toAppError(refused, old.app.log, 'req_1')).toMatchObject({ code: 'unavailable' })
  await thaw(db, month, ['verifications'])
})

it('starts go on while months leave the database', async () => {
  const client = await old.newTenant()
  const run = old.archive()
  let over = false
  const ended = run.finally(() => {
    over = true
  })
  const outcomes: string[] = []
  while (!over) outcomes.push(await outcome(begin(client)))
  const { code, stdout } = await ended
  expect(code).toBe(0)
  expect(JSON.parse(stdout).map(({ month }: { month: string }) => month)).toEqual(
    MONTHS.map(({ name }) => name),
  )
  expect(outcomes.length).toBeGreaterThan(0)
  expect(new Set(outcomes)).toEqual(new Set(['ok']))
  const [row] = await old.app.db.sql<{ count: bigint }[]>`
    select count(*) from verifications where tenant_id = ${client.actor.tenantId}`
  expect(Number(row?.count)).toBe(outcomes.length)
})
