import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { verifyLedger } from '../../src/billing/verify.ts'
import { openDb } from '../../src/db/client.ts'
import { FAULT_MODES } from '../../src/sandbox/faults.ts'
import { isMood } from '../../src/sandbox/moods.ts'
import { startCrashingDatabase } from '../faults/database.ts'
import { admin, newAccount, newRoute, type OperatorAccount, raiseLimits } from '../faults/operators.ts'
import { seeded } from '../faults/random.ts'
import { judge } from '../faults/verdict.ts'
import { type Stack, startStack } from '../setup/processes.ts'
import { startRedis, type TestRedis } from '../setup/redis.ts'
import { waitFor } from '../setup/wait.ts'
import { type Tally, TTL_SECONDS, verifyOne } from './people.ts'
import { bloat, compare, type Sample, takeSample } from './samples.ts'

export type SoakOptions = { minutes: number; perSecond: number; log(line: string): void }

const SAMPLE_EVERY_MS = 5000
const MODES = FAULT_MODES.filter(
  (mode) => !isMood(mode) && !['undetermined', 'silent_drop', 'no_balance'].includes(mode),
)
/** Seconds of each minute at which it happens. */
const OPERATOR_FAILS = [5, 15, 25, 35, 45, 55]
const WORKER_DIES = 20
const REDIS_RESTARTS = 40

/** Applies a constant load while parts fail, then checks every guarantee. */
export async function runSoak({ minutes, perSecond, log }: SoakOptions) {
  const database = await startCrashingDatabase()
  let redis = await startRedis()
  if (!redis) throw new Error('redis-server is not installed')
  const redisUrl = redis.url
  const sql = postgres(database.url, { max: 2, onnotice: () => {} })
  const watcher = new Redis(redisUrl, { retryStrategy: () => 200, maxRetriesPerRequest: null })
  watcher.on('error', () => {})
  let stack: Stack | null = null
  try {
    stack = await startStack({ databaseUrl: database.url, redisUrl, env: { LOG_LEVEL: 'warn' }, workers: 2 })
    const running = stack
    const accounts = await prepare(running)
    const tally: Tally = { started: [], confirmed: 0, later: 0, problems: [] }
    const samples: Sample[] = []
    const over = performance.now() + minutes * 60_000
    const isOver = () => performance.now() >= over
    await Promise.all([load(), faults(), watch()])
    for (const account of accounts) await account.mend()
    log(`${tally.started.length} started, ${tally.confirmed} confirmed; waiting for the others to end`)
    const problems = [...tally.problems, ...(await settle(sql))]
    const verdict = await judge(running, database.url, accounts, tally.started)
    const db = openDb(database.url, { max: 1 })
    const ledger = await verifyLedger(db).finally(() => db.close())
    const growth = compare(samples)
    const attempts = await sql<{ status: string; count: number }[]>`
      select status, count(*)::int as count from attempts group by 1 order by 1`
    const logs = running.logs()
    if ([running.adminKey, running.secretKey].some((secret) => logs.includes(secret))) {
      problems.push('a key is in the logs')
    }
    problems.push(...verdict.problems, ...growth.problems, ...(await bloat(sql)))
    problems.push(...ledger.map(({ check, subject, detail }) => `${check}: ${subject}: ${detail}`))
    const { started, confirmed, later } = tally
    return {
      started: started.length,
      confirmed,
      answered_503: later,
      statuses: verdict.statuses,
      attempts: Object.fromEntries(attempts.map(({ status, count }) => [status, count])),
      calls: verdict.calls,
      growth: growth.table,
      problems,
    }

    async function load(): Promise<void> {
      const people: Promise<void>[] = []
      for (let i = 0; !isOver(); i++) {
        const phone = `+79${i % 2}${10_000_000 + i * 31}`
        people.push(verifyOne(running, accounts, phone, tally))
        await sleep(1000 / perSecond)
      }
      await Promise.all(people)
    }

    async function faults(): Promise<void> {
      const random = seeded(1)
      for (let second = 1; !isOver(); second++) {
        await sleep(1000)
        const minute = Math.floor(second / 60)
        if (OPERATOR_FAILS.includes(second % 60)) {
          const mode = MODES[Math.floor(random() * MODES.length)] ?? 'down'
          await accounts[Math.floor(random() * 2)]?.fault(mode, { count: 1 + Math.floor(random() * 6) })
        }
        // Some faults last until they are removed.
        if (OPERATOR_FAILS.includes((second - 3) % 60)) for (const account of accounts) await account.mend()
        if (second % 60 === WORKER_DIES) {
          const worker = `worker-${1 + (minute % 2)}`
          await running.kill(worker)
          await running.restart(worker)
        }
        if (second % 60 === REDIS_RESTARTS) redis = await restart(redis)
      }
    }

    async function watch(): Promise<void> {
      while (!isOver()) {
        await sleep(SAMPLE_EVERY_MS)
        const sample = await takeSample(running, sql, watcher)
        samples.push(sample)
        if (samples.length % 6 === 0)
          log(JSON.stringify({ started: tally.started.length, ...rounded(sample) }))
      }
    }
  } finally {
    watcher.disconnect()
    await sql.end()
    await stack?.stop()
    await redis?.stop()
    await database.stop()
  }
}

/** Two operators, each first in the route of half of the phones; calls are charged. */
async function prepare(stack: Stack): Promise<OperatorAccount[]> {
  await raiseLimits(stack)
  const settings = { request_timeout_ms: 1000 }
  const one = await newAccount(stack, 'telefon-ip', { name: 'one', settings })
  const other = await newAccount(stack, 'new-tel', { name: 'other', settings })
  await newRoute(stack, '+790', one, other)
  await newRoute(stack, '+791', other, one)
  const price = { prefix: '+7', channel: 'flash_call', per: 'delivered', amount: '0.350000', currency: 'RUB' }
  await admin(stack, 'POST', '/v1/prices', price)
  await admin(stack, 'POST', '/v1/billing/topups', {
    amount: '100000.00',
    currency: 'RUB',
    reference: 'soak',
  })
  return [one, other]
}

/** Restarts it at the same address, without its data. */
async function restart(redis: TestRedis | null): Promise<TestRedis | null> {
  await redis?.stop()
  await sleep(1000)
  return startRedis({ port: Number(new URL(redis?.url ?? '').port) })
}

/** Waits a lifetime and a minute for every verification to end by itself. Returns those that did not. */
async function settle(sql: postgres.Sql): Promise<string[]> {
  const open = async () => {
    const [row] = await sql<{ count: number }[]>`
      select (select count(*) from verifications where completed_at is null)::int
        + (select count(*) from attempts where ended_at is null)::int as count`
    return row?.count ?? 0
  }
  return waitFor(async () => (await open()) === 0, {
    timeoutMs: (TTL_SECONDS + 60) * 1000,
    what: 'every verification and every call to end',
  }).then(
    () => [],
    (error: Error) => [error.message],
  )
}

const rounded = (sample: Sample) =>
  Object.fromEntries(Object.entries(sample).map(([name, value]) => [name, Math.round(value)]))
