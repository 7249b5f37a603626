import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { fund, liveRoute, liveTenant, type Operator, runToTheEnd, setPrice } from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, newPhone } from '../verifications/support.ts'

/** Verifications measured: what a process does once weighs little. */
const COUNT = 40

let test: TestApp
let sql: postgres.Sql
let client: ClientContext
let operators: Operator[]

beforeAll(async () => {
  test = await startTestApp({}, { shortCalls: true })
  sql = postgres(test.database.url, { max: 1, onnotice: () => {} })
  await sql`create extension pg_walinspect`
  operators = await liveRoute(test, await liveTenant(test, 'admin'))
  client = await liveTenant(test, 'priced')
  await setPrice(client, 350_000n, 'delivered')
  await fund(client, 100_000_000n)
  await verify(5)
}, 60_000)
afterAll(async () => {
  await sql?.end()
  await test?.stop()
})

/** Ordinary verifications: started, called, rung, confirmed and paid. */
async function verify(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const phone = newPhone()
    const { id } = await begin(client, { phone })
    await runToTheEnd(test, id, 5)
    const [call] = operators.flatMap(({ namespace }) => test.sandbox.calls.list(namespace, phone))
    expect(await confirm(client, { id, code: call?.code ?? '' })).toMatchObject({ status: 'approved' })
  }
}

describe('what an ordinary verification writes', () => {
  /** Changes of blocks of this database in PostgreSQL's log, by index or table and kind. */
  type Written = { name: string; kind: string; count: number }
  let written: Written[]
  const here = async () => {
    const [row] = await sql<{ lsn: string }[]>`select pg_current_wal_insert_lsn() as lsn`
    return row?.lsn ?? ''
  }

  beforeAll(async () => {
    // Keeps the log until it is read, whatever other tests make of it.
    await sql`select pg_create_physical_replication_slot('row_costs', true)`
    const before = await here()
    await verify(COUNT)
    const after = await here()
    written = await sql<Written[]>`
      select coalesce(relname, '') as name, resource_manager || '/' || record_type as kind, count(*)::int as count
      from pg_get_wal_block_info(${before}::pg_lsn, ${after}::pg_lsn, false) b
      left join pg_class c on pg_relation_filenode(c.oid) = b.relfilenode
      where reldatabase = (select oid from pg_database where datname = current_database()) and block_id = 0
        and relnamespace = 'public'::regnamespace
      group by 1, 2 order by 3 desc`
    await sql`select pg_drop_replication_slot('row_costs')`
  }, 60_000)

  const count = (kind: RegExp, name = /./) =>
    written.reduce((sum, each) => sum + (kind.test(each.kind) && name.test(each.name) ? each.count : 0), 0) /
    COUNT

  it('is at most 45 index entries', () => {
    expect(count(/^Btree\/INSERT_(LEAF|POST)/)).toBeLessThanOrEqual(45)
  })

  it('changes no index of verifications and attempts before their ends', () => {
    const rows = /^(verifications|attempts)_\d/
    const ends = 2
    const others = count(/^Heap\/(HOT_)?UPDATE/, rows) - ends
    expect(others).toBeGreaterThan(4)
    expect((others - count(/^Heap\/UPDATE/, rows) + ends) / others).toBeGreaterThanOrEqual(0.95)
  })

  it('is five rows of the audit and three of the ledger', () => {
    expect(Math.round(count(/^Heap\/INSERT/, /^audit_events/))).toBe(5)
    expect(Math.round(count(/^Heap\/INSERT/, /^ledger_transactions/))).toBe(3)
  })
})
