import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { type Db, openDb } from '../../src/db/client.ts'
import { makePartitions } from '../../src/db/partitions.ts'
import { get } from '../../src/verifications/read.ts'
import { fund, liveRoute, liveTenant, runToTheEnd, setPrice } from '../billing/support.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin } from '../verifications/support.ts'
import { loseMonthsAfter } from './months.ts'

let test: TestApp
let client: ClientContext
let other: Db
beforeAll(async () => {
  test = await startTestApp({}, { shortCalls: true })
  await liveRoute(test, await liveTenant(test, 'admin'))
  client = await liveTenant(test)
  await setPrice(client, 350_000n)
  await fund(client, 100_000_000n)
  other = openDb(test.database.url, { max: 1 })
})
afterAll(async () => {
  await other.close()
  await test.stop()
})
afterEach(async () => {
  expect(await makePartitions(test.app.db.sql)).toBeGreaterThanOrEqual(0)
})

/** Does `work` while another transaction holds locks. */
async function whileHeld(lock: string, work: () => Promise<void>): Promise<void> {
  await other.sql.begin(async (tx) => {
    await tx.unsafe(lock)
    await work()
  })
}

const missing = async () =>
  (
    await test.app.db.sql<{ parent: string }[]>`select distinct parent from missing_partitions(3) order by 1`
  ).map(({ parent }) => parent)

it.each([
  ['read', 'access share'],
  ['write', 'row exclusive'],
])('months are made while a long transaction %ss their tables, and starts go on', async (_, mode) => {
  const lost = await loseMonthsAfter(test.app.db, 0)
  const tables = 'verifications, attempts, asked_providers, only audit_events, only ledger_transactions'
  const lock = `lock table ${tables} in ${mode} mode`
  await whileHeld(lock, async () => {
    const [made] = await Promise.all([
      makePartitions(test.app.db.sql),
      ...Array.from({ length: 20 }, () => begin(client)),
    ])
    expect(made).toBe(lost)
    expect(await missing()).toEqual([])
  })
})

it('while a dump reads every table, months are made where they can be, and the rest at the next call', async () => {
  const lost = await loseMonthsAfter(test.app.db, 0)
  const lock =
    'lock table verifications, attempts, asked_providers, audit_events, ledger_transactions in access share mode'
  await whileHeld(lock, async () => {
    await expect(makePartitions(test.app.db.sql, { tries: 1 })).rejects.toMatchObject({ code: '55P03' })
    expect(await missing()).toEqual(['audit_events', 'ledger_transactions'])
  })
  expect(await makePartitions(test.app.db.sql)).toBe((lost / 5) * 2)
})

it('starts, calls and their money never need the partitions that attaching a month locks', async () => {
  const lock = 'lock table audit_events_of_tenants, ledger_transactions_of_no_call in access exclusive mode'
  await whileHeld(lock, async () => {
    for (let nth = 0; nth < 8; nth++) {
      const { id } = await begin(client)
      await runToTheEnd(test, id)
      expect(await get(client, { id })).toMatchObject({ status: 'delivered' })
    }
  })
}, 30_000)
