import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Db, openDb } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { exportPartitionMetrics, makePartitions } from '../../src/db/partitions.ts'
import { registry } from '../../src/process/metrics.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'

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

/** Drops the partitions of coming months, as if the installation had been stopped for a quarter. */
async function loseNextMonths(): Promise<number> {
  const parts = await db.sql<{ name: string; parent: string }[]>`
    select c.relname as name, i.inhparent::regclass::text as parent from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where c.relkind = 'r' and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
      and to_date(right(c.relname, 7), 'YYYY_MM') > now() at time zone 'utc'`
  for (const { name, parent } of parts) {
    await db.sql.unsafe(`alter table ${parent} detach partition ${name}`)
    await db.sql.unsafe(`drop table ${name}`)
  }
  return parts.length
}

it('an installation has partitions for three months ahead, and makes them again when it starts', async () => {
  expect(await ahead()).toBe(3)
  const lost = await loseNextMonths()
  expect(await ahead()).toBe(0)
  await migrate(database.url)
  expect(await ahead()).toBe(3)
  expect(await loseNextMonths()).toBe(lost)
})

it('partitions are made once, by one of several processes', async () => {
  await loseNextMonths()
  const made = await Promise.all([1, 2, 3].map(() => makePartitions(db.sql)))
  expect(made.filter((count) => count > 0)).toHaveLength(1)
  expect(await ahead()).toBe(3)
})

it('making partitions never keeps others waiting for a lock: it gives way until the table is free', async () => {
  await loseNextMonths()
  let finish = () => {}
  const held = db.sql.begin(async (tx) => {
    await tx`select from verifications limit 1`
    await new Promise<void>((resolve) => {
      finish = resolve
    })
  })
  const other = openDb(database.url, { max: 2 })
  const making = makePartitions(other.sql)
  // With a request for the exclusive lock in the queue, this would wait until `held` ends.
  await other.sql`select from verifications limit 1`
  finish()
  await held
  expect(await making).toBeGreaterThan(0)
  await other.close()
})
