import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweep } from '../../src/calls/sweep.ts'
import type { Context } from '../../src/context.ts'
import { withoutVoice } from '../providers/registry.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { secondApp } from '../verifications/support.ts'
import { letDaysPass } from './aftermath.ts'
import { ENDS, steps } from './courses.ts'
import { checkAll, readAll } from './invariants.ts'
import { FINAL } from './tables.ts'
import { createWorld, type Pers, type World } from './world.ts'

/** Random courses; 300 with `npm run faults`. */
const RUNS = Number(process.env.MODEL_RUNS ?? 12)

const pers = fc.constantFrom<Pers>(
  ['delivered', 'attempt', 'approved', 'delivered'],
  ['approved', 'delivered', 'attempt', 'attempt'],
  ['attempt', 'approved', 'delivered', 'approved'],
  ['approved', 'approved', 'approved', 'approved'],
)

describe('verifications of a few phones', () => {
  let test: TestApp
  let second: ReturnType<typeof secondApp>
  const reached = new Map<string, number>()
  beforeAll(async () => {
    test = await startTestApp({}, withoutVoice)
    second = secondApp(test, withoutVoice.providers)
  })
  afterAll(async () => {
    await second.app.close()
    await test.stop()
  })

  /** Ends every lifetime: the sweep must end what is still open. */
  async function letTimeEnd(world: World): Promise<void> {
    const { app, tenantId } = world
    await app.db.sql`
      with moved as (update verifications set expires_at = now() - interval '1 ms'
      where tenant_id = ${tenantId} and completed_at is null returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
    await sweep(test.worker)
    await checkAll(world)
    for (const one of await readAll(world)) {
      expect([...FINAL, 'denied']).toContain(one.status)
      for (const status of [one.status, ...one.calls.map((call) => `call ${call.status}`)]) {
        reached.set(status, (reached.get(status) ?? 0) + 1)
      }
    }
  }

  it('follow their tables, count every check, hold and charge what is due and keep their audit intact, whatever happens at once', async () => {
    const other: Context = { ...second.app, actor: { type: 'worker' }, requestId: null }
    const examples = Object.values(ENDS).map((course): [typeof course, Pers] => [
      course,
      ['delivered', 'attempt', 'approved', 'delivered'],
    ])
    await fc.assert(
      fc.asyncProperty(steps, pers, async (happenings, pers) => {
        const world = await createWorld(test, other, pers)
        for (const actions of happenings) {
          await Promise.all(actions.map(world.act))
          await checkAll(world)
        }
        await letTimeEnd(world)
        await letDaysPass(world)
      }),
      { numRuns: RUNS + examples.length, endOnFailure: true, examples },
    )
  }, 600_000)

  it('reached every possible end', () => {
    if (process.env.MODEL_RUNS) console.log(Object.fromEntries(reached))
    expect([...reached.keys()]).toEqual(expect.arrayContaining(Object.keys(ENDS)))
  })
})
