import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fund, liveRoute, liveTenant, setPrice } from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { startChild } from '../setup/child.ts'
import { begin, uuidOf } from '../verifications/support.ts'
import { churn } from './churn.ts'

const SECRET_KEY = randomBytes(32).toString('base64')
const PHONES = 6
const ROUNDS = 12

let test: TestApp
beforeAll(async () => {
  test = await startTestApp({ SECRET_KEY })
})
afterAll(() => test.stop())

it('two processes that change the same verifications with any needs never deadlock', async () => {
  const ids: string[] = []
  for (let i = 0; i < 3; i++) {
    const client = await liveTenant(test, `tenant ${i}`)
    if (i === 0) await liveRoute(test, client)
    await setPrice(client, 10_000n)
    await fund(client, 1_000_000_000n)
    for (let phone = 0; phone < PHONES; phone++) {
      ids.push(uuidOf((await begin(client, { phone: `+7924355510${phone}` })).id))
    }
  }
  await test.app.db.sql`update provider_accounts set settings = settings || '{"max_in_flight": 5}'`
  const child = await startChild('test/draft/fixtures/churn-process.ts', {
    DATABASE_URL: test.database.url,
    SECRET_KEY,
    SANDBOX_URL: test.sandbox.url,
    LOG_LEVEL: 'silent',
    CHURN: JSON.stringify({ ids, rounds: ROUNDS }),
  })
  const done = await churn(test.app, ids, ROUNDS)
  await child.ended
  expect(done).toBe(ROUNDS * 12)
  expect(child.output()).toBe(`changed ${ROUNDS * 12}\n`)
  // A group would retry after a deadlock and hide it; PostgreSQL counts them.
  const [stats] = await test.app.db.sql<{ deadlocks: bigint }[]>`
    select deadlocks from pg_stat_database where datname = current_database()`
  expect(stats?.deadlocks).toBe(0n)
})
