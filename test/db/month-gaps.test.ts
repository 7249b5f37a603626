import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Db, openDb } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { PARTITIONED } from '../../src/db/partitions.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'

let database: TestDatabase
let db: Db
beforeEach(async () => {
  database = await createTestDatabase()
  db = openDb(database.url, { max: 1 })
})
afterEach(async () => {
  await db.close()
  await database.drop()
})

/** `_2025_01`, so many months from now. */
function inMonths(months: number): { suffix: string; firstId: string } {
  const now = new Date()
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1))
  const ms = first.getTime().toString(16).padStart(12, '0')
  const firstId = `${ms.slice(0, 8)}-${ms.slice(8)}-0000-0000-000000000000`
  return { suffix: `_${first.toISOString().slice(0, 7).replace('-', '_')}`, firstId }
}

/** Leaves each table with what lies before `until`, and these months. */
async function leave(until: number, months: number[]): Promise<void> {
  for (const table of PARTITIONED) {
    for (const { name } of await partsOf(table)) await db.sql.unsafe(`drop table ${name}`)
    await db.sql.unsafe(`
      create table ${table}_earlier partition of ${table}
      for values from (minvalue) to ('${inMonths(until).firstId}')`)
    for (const month of months) {
      const [from, to] = [inMonths(month), inMonths(month + 1)]
      await db.sql.unsafe(`
        create table ${table}${from.suffix} partition of ${table}
        for values from ('${from.firstId}') to ('${to.firstId}')`)
    }
  }
}

const partsOf = (table: string) =>
  db.sql<{ name: string; bounds: string }[]>`
    select relname as name, pg_get_expr(relpartbound, oid) as bounds from pg_class
    where oid in (select inhrelid from pg_inherits where inhparent = ${table}::regclass)
      and pg_get_expr(relpartbound, oid) <> 'DEFAULT' order by relname`

/** The months of each table must be these, with the bounds that their names say. */
async function expectMonths(months: number[]): Promise<void> {
  for (const table of PARTITIONED) {
    const parts = (await partsOf(table)).filter(({ name }) => !name.endsWith('_earlier'))
    expect(parts).toEqual(
      months.map((month) => ({
        name: `${table}${inMonths(month).suffix}`,
        bounds: `FOR VALUES FROM ('${inMonths(month).firstId}') TO ('${inMonths(month + 1).firstId}')`,
      })),
    )
  }
}

it('a new installation has the month before, this one and the next three', async () => {
  await expectMonths([-1, 0, 1, 2, 3])
})

it('after a pause of months, only the month before this one is made besides those to come', async () => {
  await leave(-9, [-9, -8])
  await migrate(database.url)
  await expectMonths([-9, -8, -1, 0, 1, 2, 3])
})

it('a month that was put away is not made again', async () => {
  await leave(-4, [0, 1])
  await migrate(database.url)
  await expectMonths([0, 1, 2, 3])
})

it('a month that was lost between others is made again', async () => {
  await leave(-1, [-1, 1, 3])
  await migrate(database.url)
  await expectMonths([-1, 0, 1, 2, 3])
})

it('an installation whose clock was ahead at first goes on when the clock is right', async () => {
  await leave(2, [2, 3, 4, 5])
  await migrate(database.url)
  await expectMonths([2, 3, 4, 5])
})

it.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/Santiago'])(
  'months are those of UTC where the database’s time is that of %s',
  async (zone) => {
    await db.sql.unsafe(
      `do $$ begin execute format('alter database %I set timezone to ''${zone}''', current_database()); end $$`,
    )
    await leave(-3, [-3])
    await migrate(database.url)
    await expectMonths([-3, -1, 0, 1, 2, 3])
  },
)
