import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SimulateInput } from '../../src/limits/schemas.ts'
import { simulatePolicy } from '../../src/limits/simulate.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, newPhone } from '../verifications/support.ts'
import { OWNER, prove, stranger } from './strangers.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.stop())

const NONE = {
  starts_per_phone_10m: null,
  starts_per_phone_hour: null,
  phone_pause_seconds: null,
}

describe('the trial of a changed policy', () => {
  it('denies strangers the reserved share, but not requesters that the replayed starts made known', async () => {
    const client = await test.newTenant()
    const phone = newPhone()
    await prove(test, client, phone, OWNER)
    for (let i = 0; i < 3; i++) await begin(client, { phone, ttl_seconds: 60, ...stranger(i) })
    await begin(client, { phone, ...OWNER })
    const changes = {
      ...NONE,
      starts_per_phone_day: 4,
      starts_kept_for_known: { '10m': 0, hour: 0, day: 1 },
    }
    const simulate = (more: object) =>
      simulatePolicy(client, SimulateInput.parse({ changes: { ...changes, ...more } }))
    expect(await simulate({})).toMatchObject({
      starts: 5,
      denied_now: 0,
      by_rule: { starts_kept_for_known: 1 },
    })
    expect(await simulate({ starts_kept_for_known: null })).toMatchObject({
      by_rule: { starts_per_phone_day: 1 },
    })
    expect(await simulate({ observe: ['starts_kept_for_known', 'starts_per_phone_day'] })).toMatchObject({
      denied_then: 0,
    })
  })

  it('runs once at a time for a tenant, and at most three wait', async () => {
    const client = await test.newTenant()
    const simulate = () => simulatePolicy(client, SimulateInput.parse({ changes: NONE }))
    const asked = await Promise.allSettled(Array.from({ length: 6 }, simulate))
    expect(asked.map((one) => (one.status === 'rejected' ? one.reason.code : 'done'))).toEqual([
      ...Array(4).fill('done'),
      ...Array(2).fill('too_many_requests'),
    ])
    expect(await simulate()).toMatchObject({ starts: 0 })
  })

  it('counts addresses by their networks', async () => {
    const client = await test.newTenant()
    for (let i = 0; i < 12; i++) await begin(client, { client_ip: `2001:db8:0:${i}::1` })
    const changes = { ...NONE, starts_per_ip_hour: 2 }
    expect(await simulatePolicy(client, SimulateInput.parse({ changes }))).toMatchObject({
      by_rule: { starts_per_ip_hour: 4 },
    })
  })
})
