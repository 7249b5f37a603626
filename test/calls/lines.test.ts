import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimCall, place } from '../../src/calls/place.ts'
import { sweep } from '../../src/calls/sweep.ts'
import type { Context } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { runToTheEnd } from '../billing/support.ts'
import { oneMore } from '../providers/registry.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, jobOf, secondApp, stored } from '../verifications/support.ts'
import { openPools } from './pool-accounts.ts'

let test: TestApp
let pools: Awaited<ReturnType<typeof openPools>>
beforeAll(async () => {
  test = await startTestApp({}, { ...oneMore, shortCalls: true })
  pools = await openPools(test)
  // No guess is allowed, so no pool is too small.
  await updatePolicy(pools.client, { wrong_guesses_per_phone_day: 0 })
})
afterAll(() => test?.stop())

describe('a line', () => {
  it('bears one call at a time, over two workers; other calls wait for a free one', async () => {
    const account = await pools.newPool(['+74951110001', '+74951110002', '+74951110003'], { lines: true })
    const second = secondApp(test, oneMore.providers).app
    const workers: Context[] = [test.worker, { ...second, actor: { type: 'worker' }, requestId: null }]
    try {
      const ids = await Promise.all(
        Array.from({ length: 12 }, async () => {
          const { id } = await begin(pools.client, { phone: await pools.phoneOf(account) })
          return id
        }),
      )
      const jobs = await Promise.all(ids.map((id) => jobOf(test, id)))
      await Promise.all(jobs.map((job, i) => place(workers[i % 2] as Context, job)))
      const lines = await test.app.db.sql<{ status: string; lineHash: Buffer | null }[]>`
        select a.status, d.line_hash from attempts a left join due_attempts d on d.attempt_id = a.id
        where a.account_id = ${account.uuid}`
      const held = lines.flatMap(({ lineHash }) => (lineHash ? [lineHash.toString('hex')] : []))
      expect([held.length, new Set(held).size]).toEqual([3, 3])
      expect(new Set(account.ledger().map(({ from }) => from)).size).toBe(3)
      expect(account.ledger()).toHaveLength(3)

      await Promise.all(ids.map((id) => runToTheEnd(test, id)))
      expect(account.ledger()).toHaveLength(12)
      const [left] = await test.app.db.sql<{ count: bigint }[]>`
        select count(*) as count from due_attempts where line_hash is not null`
      expect(left?.count).toBe(0n)
    } finally {
      await second.close()
    }
  })

  it('of a worker that died is free again once the sweep has ended its call', async () => {
    const account = await pools.newPool(['+74951110001'], { lines: true, adopt_after_seconds: [0] })
    const start = async () => (await begin(pools.client, { phone: await pools.phoneOf(account) })).id
    const [lost, next] = [await start(), await start()]
    expect(await claimCall(test.worker, await jobOf(test, lost))).toMatchObject({ callerId: '+74951110001' })
    await place(test.worker, await jobOf(test, next))
    expect((await stored(test, next)).calls[0]).toMatchObject({ status: 'queued', lineHash: null })

    await test.app.db.sql`
      update attempts set placing_at = placing_at - interval '1 minute'
      where id = ${(await jobOf(test, lost)).attempt}`
    await test.app.db.sql`update due_attempts set due_at = now(), slot = 0`
    expect((await sweep(test.worker)).woken).toBeGreaterThan(0)
    await runToTheEnd(test, lost)
    expect((await stored(test, lost)).calls[0]).toMatchObject({ status: 'unknown', lineHash: null })
    await runToTheEnd(test, next)
    expect(account.ledger()).toHaveLength(1)
  })

  it('that is busy leaves the call to the next account of the route', async () => {
    const [busy, free] = [
      await pools.newPool(['+74951110001'], { lines: true }),
      await pools.newPool(['+74951110002'], { lines: true }),
    ]
    const ids = await Promise.all(
      [0, 1].map(async () => (await begin(pools.client, { phone: await pools.phoneOf(busy, free) })).id),
    )
    for (const id of ids) await place(test.worker, await jobOf(test, id))
    expect([busy.ledger().length, free.ledger().length]).toEqual([1, 1])
  })
})
