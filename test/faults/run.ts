import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { startRedis } from '../setup/redis.ts'
import { runChaos } from './chaos.ts'
import { runPosts } from './posts.ts'

/**
 * The fault runs, as long as wanted: `npm run faults -- [verifications] [seed]`, 1000 of them at a time, the queue in PostgreSQL and
 * in Redis (where there is one) by turns; then the API is killed under every POST of the contract; then the tests of money at full
 * size (BILLING_RUNS and BILLING_CALLS, 10000 each, change it). Ends with 1 when anything happened that must not.
 */
const AT_A_TIME = 1000
const [count = 2000, seed = randomInt(2 ** 31)] = process.argv.slice(2).map(Number)
if (![count, seed].every(Number.isSafeInteger) || count < 1) {
  console.error('usage: npm run faults -- [verifications] [seed]')
  process.exit(2)
}

const redis = await startRedis()
let failed = false
for (let run = 0; run * AT_A_TIME < count; run++) {
  const redisUrl = run % 2 === 1 ? redis?.url : undefined
  const size = Math.min(AT_A_TIME, count - run * AT_A_TIME)
  console.log(`seed ${seed + run}: ${size} verifications, the queue in ${redisUrl ? 'Redis' : 'PostgreSQL'}`)
  const report = await runChaos({ seed: seed + run, count: size, redisUrl, log: console.log })
  console.log(JSON.stringify(report, null, 2))
  failed ||= report.problems.length > 0
}
await redis?.stop()

console.log('the API is killed under every POST')
const twice = await runPosts(console.log)
console.log(JSON.stringify({ problems: twice }, null, 2))
failed ||= twice.length > 0

const MONEY = ['test/billing/property.test.ts', 'test/billing/simulators.test.ts']
const money = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', ...MONEY],
  { stdio: 'inherit', env: { BILLING_RUNS: '10000', BILLING_CALLS: '10000', ...process.env } },
)
failed ||= money.status !== 0
console.log(
  failed ? 'faults: FAILED' : 'faults: nobody was called twice, every verification ended, the books agree',
)
process.exit(failed ? 1 : 0)
