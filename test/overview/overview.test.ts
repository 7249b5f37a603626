import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { compareDays } from '../../src/overview/days.ts'
import { denialsByRule } from '../../src/overview/denials.ts'
import { countOverTime } from '../../src/overview/hours.ts'
import { keepStatistics } from '../../src/statistics/keep.ts'
import { StartInput } from '../../src/verifications/schemas.ts'
import { start } from '../../src/verifications/start.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'

const HOUR_MS = 3_600_000
let own: TestApp

beforeAll(async () => {
  own = await startTestApp()
})
afterAll(() => own.stop())

/** A verification that started at the given time and has ended. */
async function add(
  { db, actor }: ClientContext,
  at: Date,
  status: string,
  deliveredAfterSeconds: number | null,
) {
  const delivered =
    deliveredAfterSeconds === null ? null : new Date(at.getTime() + deliveredAfterSeconds * 1000)
  await db.sql`
    insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries, attempts,
      created_at, expires_at, delivered_at, completed_at, audit_seq, audit_head)
    values (${v7({ msecs: at.getTime() })}, ${actor.tenantId}, ${actor.livemode}, '+79243555100', 'flash_call', ${status}, 3, 3, 0, 1,
      ${at}, ${new Date(at.getTime() + 300_000)}, ${delivered}, ${new Date(at.getTime() + 20_000)}, 0, '')`
}

test('today is compared with yesterday up to the same time of day, within the tenant and its mode', async () => {
  const tenant = await own.newTenant()
  const other = await own.newTenant('other')
  const now = new Date('2026-03-10T12:00:00Z')
  await add(tenant, new Date('2026-03-10T08:00:00Z'), 'approved', 2)
  await add(tenant, new Date('2026-03-10T09:00:00Z'), 'approved', 4)
  await add(tenant, new Date('2026-03-10T10:00:00Z'), 'failed', null)
  await add(tenant, new Date('2026-03-10T11:00:00Z'), 'denied', null)
  await add(tenant, new Date('2026-03-09T11:00:00Z'), 'expired', 8)
  await add(tenant, new Date('2026-03-09T13:00:00Z'), 'approved', 8)
  await add(other, new Date('2026-03-10T08:00:00Z'), 'approved', 2)
  const { today, yesterday } = await compareDays(tenant, now)
  expect(today).toMatchObject({ started: 3, delivered: 2, approved: 2, denied: 1 })
  expect(yesterday).toMatchObject({
    started: 1,
    delivered: 1,
    approved: 0,
    seconds_to_approve: { p50: null },
  })
  // At most 1 % off.
  expect(today.seconds_to_deliver.p50).toBeCloseTo(2, 1)
  expect(today.seconds_to_deliver.p95).toBeCloseTo(4, 1)
  expect(yesterday.seconds_to_deliver.p50).toBeCloseTo(8, 0)
})

test('every hour of a day and every day of a month is shown, and the same whether counted or not', async () => {
  const tenant = await own.newTenant()
  const now = new Date('2026-03-10T12:30:00Z')
  const ago = (hours: number) => new Date(now.getTime() - hours * HOUR_MS)
  await add(tenant, ago(0.1), 'approved', 1)
  await add(tenant, ago(5), 'approved', 1)
  await add(tenant, ago(50), 'failed', null)
  const both = async () => [
    await countOverTime(tenant, 'hours', now),
    await countOverTime(tenant, 'days', now),
  ]
  const uncounted = await both()
  expect(uncounted.map(({ buckets }) => buckets.length)).toEqual([24, 30])
  const starts = uncounted.map(({ buckets }) => buckets.map(({ started }) => started).filter(Boolean))
  expect(starts).toEqual([
    [1, 1],
    [1, 2],
  ])
  await keepStatistics(own.app, now)
  expect(await both()).toEqual(uncounted)
})

test('denials are counted by rule', async () => {
  const tenant = await own.newTenant()
  await updatePolicy(tenant, { deny_prefixes: ['+7924'] })
  for (const phone of ['+79243555101', '+79243555102']) {
    await expect(start(tenant, StartInput.parse({ phone }))).rejects.toMatchObject({
      code: 'destination_denied',
    })
  }
  const to = new Date(Date.now() + HOUR_MS)
  const found = await denialsByRule(tenant, { from: new Date(Date.now() - HOUR_MS), to })
  expect(found).toEqual([{ rule: 'deny_prefixes', count: 2 }])
})
