import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '../setup/database.ts'
import { startStack } from '../setup/processes.ts'
import { hasRedis, startRedis } from '../setup/redis.ts'
import { isAlive } from '../setup/start.ts'
import { waitFor } from '../setup/wait.ts'

const databases: { drop(): Promise<void> }[] = []
afterAll(() => Promise.all(databases.map((database) => database.drop())))

test('test databases are migrated and isolated', async () => {
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

test('the stack survives restarts of killed processes, and leaves none behind', async () => {
  const database = await createTestDatabase()
  databases.push(database)
  const stack = await startStack({ databaseUrl: database.url })
  const pids = ['sandbox', 'api', 'worker-1'].map((name) => stack.pid(name))
  for (const name of ['worker-1', 'api']) {
    await stack.kill(name)
    await stack.restart(name)
  }
  const started = await stack.request('POST', '/v1/verifications', { body: { phone: '+79243555100' } })
  expect(started.status, started.text).toBe(201)
  const path = `/v1/verifications/${started.body.id}`
  await waitFor(async () => (await stack.request('GET', path)).body.status === 'delivered')
  expect((await stack.request('GET', path, { key: null })).status).toBe(401)
  expect((await stack.request('GET', '/v1/api-keys', { key: stack.adminKey })).status).toBe(200)
  expect(stack.logs('api')).toContain(started.headers.get('x-request-id'))
  pids.push(stack.pid('api'), stack.pid('worker-1'))
  await stack.stop()
  expect(pids.filter(isAlive)).toEqual([])
})
