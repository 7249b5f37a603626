import fc from 'fast-check'
import { expect, it } from 'vitest'
import { verifyLedger } from '../../src/billing/verify.ts'
import { startTestApp } from '../setup/app.ts'
import { secondApp } from '../verifications/support.ts'
import { batch, check, endAll, newClient, reserved, run, setting, tolerate } from './random-money.ts'
import { liveRoute, liveTenant } from './support.ts'

/** Random sequences of events of a tenant; 10,000 with `npm run faults`. */
const RUNS = Number(process.env.BILLING_RUNS ?? 40)
/**
 * Sequences per database, which is verified as a whole at the end: in one database for all, each would be
 * slower than the last.
 */
const SHARE = 250
/** Databases at a time: a run mostly waits. */
const LANES = 3
const TOLD_EVERY = 500

it('money is never lost, created, captured twice, or spent beyond the balance', {
  timeout: 30_000 + RUNS * 3000,
}, async () => {
  const startedAt = performance.now()
  const done = { runs: 0, calls: 0, entries: 0 }
  let left = RUNS
  const tell = () => {
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    console.log(`money: ${done.runs} of ${RUNS} runs in ${seconds} s`)
  }
  const lane = async () => {
    while (left > 0) {
      const size = Math.min(left, SHARE, Math.ceil(RUNS / LANES))
      left -= size
      try {
        const { calls, entries } = await runSome(size, () => {
          done.runs += 1
          if (done.runs % TOLD_EVERY === 0) tell()
        })
        done.calls += calls
        done.entries += entries
      } catch (error) {
        left = 0
        throw error
      }
    }
  }
  const lanes = Array.from({ length: LANES }, lane)
  await Promise.allSettled(lanes)
  await Promise.all(lanes)
  expect(done.runs).toBe(RUNS)
  console.log(`money: ${done.calls} calls, ${done.entries} entries, no difference`)
})

/** Runs random sequences, each with its own tenant, in one database, then verifies the whole ledger. */
async function runSome(size: number, onRun: () => void): Promise<{ calls: number; entries: number }> {
  const test = await startTestApp()
  const other = secondApp(test)
  try {
    await liveRoute(test, await liveTenant(test, 'installation'))
    const sequence = fc.array(batch, { minLength: 1, maxLength: 10 })
    const property = fc.asyncProperty(setting, sequence, async (made, batches) => {
      const client = await newClient(test, made)
      const seen: string[] = []
      for (const { commands, twice } of batches) {
        const doing = commands.flatMap((one) => {
          const first = run(client, one, seen)
          return twice ? [first, run(other.as(client), one, seen)] : [first]
        })
        await Promise.all(doing.map(tolerate))
        await check(client, made.credit)
      }
      await endAll(client, seen)
      expect(await reserved(client)).toBe(0n)
      onRun()
    })
    await fc.assert(property, { numRuns: size })
    expect(await verifyLedger(test.app.db)).toEqual([])
    const [count] = await test.app.db.sql<{ calls: number; entries: number }[]>`
      select (select count(*)::int from attempts) as calls, (select count(*)::int from ledger_entries) as entries`
    return count ?? { calls: 0, entries: 0 }
  } finally {
    await other.app.close()
    await test.stop()
  }
}
