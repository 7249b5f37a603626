import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { compareDays } from '../../src/overview/days.ts'
import { denialsByRule } from '../../src/overview/denials.ts'
import { countOverTime } from '../../src/overview/hours.ts'
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
  expect(today).toMatchObject({
    starts: 3,
    delivered: 2,
    approved: 2,
    denied: 1,
    deliverMedian: 3,
    approveMedian: 20,
  })
  expect(yesterday).toMatchObject({
    starts: 1,
    delivered: 1,
    approved: 0,
    deliverMedian: 8,
    approveMedian: null,
  })
})

test('past hours are counted once; hours that may change are counted again', async () => {
  const tenant = await own.newTenant()
  const now = new Date('2026-03-10T12:30:00Z')
  const ago = (hours: number) => new Date(now.getTime() - hours * HOUR_MS)
  await add(tenant, ago(5), 'approved', 1)
  await add(tenant, ago(50), 'failed', null)
  const first = await countOverTime(tenant, 'hours', now)
  expect(first.complete).toBe(true)
  expect(first.buckets).toHaveLength(24)
  expect(first.buckets.reduce((sum, { starts }) => sum + starts, 0)).toBe(1)
  await add(tenant, ago(0.1), 'approved', 1)
  const later = await countOverTime(tenant, 'hours', now)
  expect(later.buckets.at(-1)).toMatchObject({ starts: 1, approved: 1 })
  const days = await countOverTime(tenant, 'days', now)
  expect(days.buckets).toHaveLength(30)
  expect(days.buckets.map(({ starts }) => starts).filter(Boolean)).toEqual([1, 2])
  await add(tenant, new Date('2026-03-12T03:00:00Z'), 'approved', 1)
  const next = await countOverTime(tenant, 'days', new Date('2026-03-13T12:30:00Z'))
  expect(next.buckets.map(({ starts }) => starts).filter(Boolean)).toEqual([1, 2, 1])
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
