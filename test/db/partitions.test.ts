import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Db, openDb } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { exportPartitionMetrics, makePartitions, PARTITIONED } from '../../src/db/partitions.ts'
import { registry } from '../../src/process/metrics.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { loseMonthsAfter } from './months.ts'

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase()
  db = openDb(database.url, { max: 2 })
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

async function ahead(): Promise<number> {
  exportPartitionMetrics(db)
  const text = await registry.getSingleMetricAsString('ringproof_partitions_ahead_months')
  return Number(/^ringproof_partitions_ahead_months (\d+)$/m.exec(text)?.[1])
}

it('an installation has partitions for three months ahead, and makes them again when it starts', async () => {
  expect(await ahead()).toBe(3)
  const lost = await loseMonthsAfter(db, 0)
  expect(await ahead()).toBe(0)
  await migrate(database.url)
  expect(await ahead()).toBe(3)
  expect(await loseMonthsAfter(db, 0)).toBe(lost)
})

it('partitions are made once, by one of several processes', async () => {
  await makePartitions(db.sql)
  const lost = await loseMonthsAfter(db, 0)
  expect(lost).toBe(15)
  const made = await Promise.all([1, 2, 3].map(() => makePartitions(db.sql)))
  expect(made.reduce((sum, count) => sum + count)).toBe(lost)
  expect(await ahead()).toBe(3)
})

/** What a partition has: columns, constraints, indexes with their options, triggers, options. */
async function shapeOf(part: string): Promise<string[]> {
  const rows = await db.sql<{ is: string }[]>`
    select concat_ws(' ', 'column', attname, format_type(atttypid, atttypmod), attnotnull, attislocal, attstorage,
        attgenerated, pg_get_expr(d.adbin, d.adrelid)) as is
      from pg_attribute a left join pg_attrdef d on (adrelid, adnum) = (attrelid, attnum)
      where attrelid = ${part}::regclass and attnum > 0
    union all select concat_ws(' ', 'constraint', conname, conislocal, coninhcount, pg_get_constraintdef(oid))
      from pg_constraint where conrelid = ${part}::regclass and contype <> 'p'
    union all select concat_ws(' ', 'index', inhparent::regclass, regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', ''))
      from pg_index left join pg_inherits on inhrelid = indexrelid where indrelid = ${part}::regclass
    union all select concat_ws(' ', 'trigger', tgenabled, tgparentid <> 0, regexp_replace(pg_get_triggerdef(oid), '^CREATE TRIGGER [^ ]+ ', ''))
      from pg_trigger where tgrelid = ${part}::regclass
    union all select concat_ws(' ', 'options', reloptions, relacl, relowner) from pg_class where oid = ${part}::regclass
    order by 1`
  return rows.map(({ is }) => is.replaceAll(part, '<part>'))
}

it.each(PARTITIONED)('a month of %s that was attached is like one that was made in place', async (table) => {
  await makePartitions(db.sql)
  const [last] = await db.sql<{ name: string }[]>`
    select max(inhrelid::regclass::text) as name from pg_inherits
    where inhparent = ${table}::regclass and inhrelid::regclass::text ~ '_[0-9]{4}_[0-9]{2}$'`
  expect(await shapeOf(last?.name ?? '')).toEqual(await shapeOf(`${table}_earlier`))
})
