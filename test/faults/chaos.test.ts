import { expect, it } from 'vitest'
import { hasRedis, startRedis } from '../setup/redis.ts'
import { runChaos } from './chaos.ts'

/** For longer runs and other seeds: npm run faults -- 2000 7 */
const COUNT = 160
const SEED = 20_260_131

it('whatever fails, and whenever, no attempt rings or sends twice, every step begins once, every verification ends, the books agree, and every delivered code is right', async () => {
  const redis = hasRedis() ? await startRedis() : null
  try {
    const report = await runChaos({ seed: SEED, count: COUNT, redisUrl: redis?.url })
    expect(report.problems).toEqual([])
    expect(report.started).toBeGreaterThan(COUNT / 2)
    expect(report.statuses.approved).toBeGreaterThan(COUNT / 2)
    expect(report.steps).toBeGreaterThan(COUNT / 3)
    expect(Object.keys(report.calls).sort()).toEqual(['flash_call', 'sms', 'telegram'])
  } finally {
    await redis?.stop()
  }
}, 240_000)
