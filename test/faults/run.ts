import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { startRedis } from '../setup/redis.ts'
import { runChaos } from './chaos.ts'
import { runPosts } from './posts.ts'

/**
 * The fault runs: `npm run faults -- [verifications] [seed]`. Starts that many verifications, 1000 at a time,
 * the queue in PostgreSQL and in Redis (where it is installed) by turns; then kills the API under every POST
 * of the contract; then runs the property tests at full size (the environment overrides `SIZES`). Exits with
 * 1 if any guarantee was broken.
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

const FILES = [
  'test/billing/property.test.ts',
  'test/billing/simulators.test.ts',
  'test/model/verifications.test.ts',
  'test/http/generated.test.ts',
  'test/statistics/exact.test.ts',
]
const SIZES = {
  BILLING_RUNS: '10000',
  BILLING_CALLS: '10000',
  MODEL_RUNS: '300',
  GENERATED_REQUESTS: '10000',
  STATISTICS_RUNS: '1000',
}
const properties = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', ...FILES],
  { stdio: 'inherit', env: { ...SIZES, ...process.env } },
)
failed ||= properties.status !== 0
console.log(
  failed ? 'faults: FAILED' : 'faults: no attempt rang twice, every verification ended, the books agree',
)
process.exit(failed ? 1 : 0)
