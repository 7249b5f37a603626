import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { loseMonthsAfter } from '../db/months.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, beginAndRing, outcome, refusal } from './support.ts'

let test: TestApp
let client: ClientContext
beforeAll(async () => {
  test = await startTestApp()
  client = await test.newTenant()
})
afterAll(() => test.stop())
afterEach(() => {
  vi.useRealTimers()
})

const stored = async () =>
  (await test.app.db.sql`select from verifications where tenant_id = ${client.actor.tenantId}`).count

it('starts in a month that nobody has made have it made', async () => {
  await beginAndRing(test, client)
  await loseMonthsAfter(test.app.db, -1)
  expect(await Promise.all(Array.from({ length: 20 }, () => outcome(begin(client))))).toEqual(
    Array.from({ length: 20 }, () => 'ok'),
  )
  expect(await stored()).toBe(20)
  expect((await test.app.db.sql`select from missing_partitions(3)`).count).toBe(0)
})

it.each([
  ['a year ahead', 366],
  ['half a year behind', -180],
  ['ten minutes ahead', 10 / 1440],
])('a process whose clock is %s refuses starts, says why, and goes on when it is right', async (_, days) => {
  const before = await stored()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * 86_400_000 })
  const refused = await refusal(begin(client))
  expect(refused).toMatchObject({ code: 'unavailable', message: expect.stringContaining('clocks') })
  expect(await stored()).toBe(before)
  vi.useRealTimers()
  expect(await outcome(begin(client))).toBe('ok')
})
