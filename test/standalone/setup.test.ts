import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '../setup/database.ts'
import { hasRedis, startRedis } from '../setup/redis.ts'

const databases: { drop(): Promise<void> }[] = []
afterAll(() => Promise.all(databases.map((database) => database.drop())))

test('test databases are migrated and know nothing of each other', async () => {
  const made = await Promise.all([createTestDatabase(), createTestDatabase()])
  databases.push(...made)
  const clients = made.map(({ url }) => postgres(url, { max: 1 }))
  await Promise.all(clients.map((sql) => sql`create table mine (id int)`))
  const counts = await Promise.all(clients.map((sql) => sql`select count(*)::int as rows from verifications`))
  expect(counts.map(([row]) => row?.rows)).toEqual([0, 0])
  await Promise.all(clients.map((sql) => sql.end()))
})

test.runIf(hasRedis())('a Redis of the test ends when it is stopped', async () => {
  const redis = await startRedis()
  expect(() => process.kill(redis?.pid ?? 0, 0)).not.toThrow()
  await redis?.stop()
  expect(() => process.kill(redis?.pid ?? 0, 0)).toThrow()
})
