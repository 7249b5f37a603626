import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import type { ClientContext } from '../../src/context.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { beginAndRing, eventsOf, outcome, secondApp, stored, tally, wrongFor } from './support.ts'

describe.each([1, 2])('checks that race over %i process(es)', (processes) => {
  let test: TestApp
  let clients: ClientContext[]
  let second: ReturnType<typeof secondApp> | null = null
  beforeAll(async () => {
    test = await startTestApp()
    const client = await test.newTenant()
    second = processes === 2 ? secondApp(test) : null
    clients = second ? [client, second.as(client)] : [client]
  })
  afterAll(async () => {
    await second?.app.close()
    await test.stop()
  })

  /** Submits all codes at once, alternating between the processes. */
  const submit = (id: string, codes: string[]) =>
    Promise.all(
      codes.map((code, i) => outcome(confirm(clients[i % clients.length] as ClientContext, { id, code }))),
    )
  const ring = (maxChecks: number) =>
    beginAndRing(test, clients[0] as ClientContext, { max_checks: maxChecks })

  it('count exactly 3 of 200 wrong codes against 3 checks, and lock once', async () => {
    const { id, code } = await ring(3)
    const wrong = Array.from({ length: 200 }, (_, i) => wrongFor(code, i + 1))
    expect(tally(await submit(id, wrong))).toEqual({
      code_incorrect: 2,
      checks_exhausted: 1,
      verification_not_active: 197,
    })
    const row = await stored(test, id)
    expect(row).toMatchObject({ status: 'locked', checksLeft: 0 })
    const events = tally(await eventsOf(test, id))
    expect(events).toMatchObject({ 'check.wrong': 3, 'verification.locked': 1 })
    expect((await readAudit(clients[0] as ClientContext, { id })).chain).toBe('intact')
  })

  it('approve with exactly one of 100 right codes', async () => {
    const { id, code } = await ring(3)
    expect(tally(await submit(id, Array(100).fill(code)))).toEqual({ ok: 1, verification_not_active: 99 })
    const row = await stored(test, id)
    expect(row).toMatchObject({ status: 'approved', checksLeft: 3 })
    const events = tally(await eventsOf(test, id))
    expect(events).toMatchObject({ 'check.right': 1, 'verification.approved': 1 })
  })

  it('never refuse a right code beside wrong ones while checks are left', async () => {
    for (let run = 0; run < 12; run++) {
      const { id, code } = await ring(8)
      const codes = Array.from({ length: 7 }, (_, i) => wrongFor(code, i + 1))
      codes.splice(run % 8, 0, code)
      const results = await submit(id, codes)
      expect(results[run % 8]).toBe('ok')
      const counts = tally(results)
      const row = await stored(test, id)
      expect(row).toMatchObject({ status: 'approved', checksLeft: 8 - (counts.code_incorrect ?? 0) })
    }
  })

  it('lock with the last wrong check, even if a right code follows', async () => {
    for (let run = 0; run < 10; run++) {
      const { id, code, wrong } = await ring(1)
      const results = await submit(id, run % 2 ? [code, wrong] : [wrong, code])
      const row = await stored(test, id)
      const approved = results.includes('ok')
      expect(row.status).toBe(approved ? 'approved' : 'locked')
      expect(results.sort()).toEqual(
        approved ? ['ok', 'verification_not_active'] : ['checks_exhausted', 'verification_not_active'],
      )
    }
  })

  it('approve one verification for each phone when many are checked at once', async () => {
    const rung = await Promise.all(Array.from({ length: 40 }, () => ring(3)))
    const results = await Promise.all(rung.flatMap(({ id, code, wrong }) => submit(id, [wrong, code, code])))
    for (const result of results) {
      expect(tally(result)).toMatchObject({ ok: 1, verification_not_active: expect.any(Number) })
    }
  })
})
