import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import type { Channel } from '../../src/channels/channels.ts'
import { FAULT_MODES, type FaultMode } from '../../src/sandbox/faults.ts'
import { isMood } from '../../src/sandbox/moods.ts'
import { type Stack, startStack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'
import { type CrashingDatabase, startCrashingDatabase } from './database.ts'
import { admin, newAccount, newRoute, type OperatorAccount, raiseLimits, routeOf } from './operators.ts'
import { duplicateJobs, emptyQueue } from './queue.ts'
import { seeded, shuffled } from './random.ts'
import { judge, type Verdict } from './verdict.ts'

export type ChaosOptions = {
  seed: number
  /** The number of verifications to start. */
  count: number
  /** The queue's Redis; absent: the queue is in PostgreSQL. */
  redisUrl?: string | undefined
  log?: (line: string) => void
}

export type ChaosReport = Verdict & { started: number }

const WORKERS = ['worker-1', 'worker-2']
/** The longest pause between two starts, in milliseconds. */
const PACE_MS = 60
/** Verifications per round. */
const A_ROUND = 300
/**
 * The deeds of a round; the seed decides their order. A crash stops everything for a second or two: one is
 * enough.
 */
const ROUND = [
  ...Array<Deed>(5).fill('operator'),
  ...Array<Deed>(3).fill('kill'),
  ...Array<Deed>(2).fill('empty'),
  ...Array<Deed>(2).fill('duplicate'),
  'freeze',
  'crash',
] as const
type Deed = 'operator' | 'kill' | 'empty' | 'duplicate' | 'freeze' | 'crash'

/** Without calls that never end, and calls reported as delivered that did not ring. */
const MODES = FAULT_MODES.filter(
  (mode) => !isMood(mode) && !['undetermined', 'silent_drop', 'no_balance'].includes(mode),
)

/**
 * Starts verifications one after another while workers are killed, the queue is emptied, jobs are duplicated,
 * operators fail and PostgreSQL crashes, in an order that the seed decides; then waits until everything has
 * settled, and judges.
 */
export async function runChaos({ seed, count, redisUrl, log }: ChaosOptions): Promise<ChaosReport> {
  const database = await startCrashingDatabase()
  let stack: Stack | null = null
  try {
    stack = await startStack({
      databaseUrl: database.url,
      ...(redisUrl ? { redisUrl } : {}),
      env: { LOG_LEVEL: 'warn' },
      workers: WORKERS.length,
    })
    const accounts = await openAccounts(stack)
    const started: string[] = []
    const refused: string[] = []
    const random = seeded(seed)
    const scene: Scene = { stack, database, redisUrl, accounts, random }
    const rounds = Math.ceil(count / A_ROUND)
    const deeds = Array.from({ length: rounds }, () => shuffled(ROUND, random)).flat()
    for (const [i, deed] of deeds.entries()) {
      log?.(`${started.length} started: ${deed}`)
      const [first, last] = [i, i + 1].map((part) => Math.round((part * count) / deeds.length))
      const starts = startSome(scene, { first, last, started, refused })
      await act(deed, scene)
      await starts
    }
    for (const account of accounts) await account.mend()
    await isReady(stack)
    const verdict = await judge(stack, database.url, accounts, started)
    return { ...verdict, problems: [...refused, ...verdict.problems], started: started.length }
  } finally {
    await stack?.stop()
    await database.stop()
  }
}

type Scene = {
  stack: Stack
  database: CrashingDatabase
  redisUrl: string | undefined
  accounts: OperatorAccount[]
  random: () => number
}

const step = (channel: Channel) => ({ channel, wait_seconds: 15 })
/** What starts ask for, by turns. `voice` has no route. */
const STARTS = [
  {},
  { workflow: [step('flash_call'), step('sms')] },
  { channel: 'sms' },
  { workflow: [step('telegram'), step('voice'), step('flash_call')] },
  { workflow: [step('sms'), step('flash_call'), step('telegram')] },
] as const

/** Two operators, each first in the route of half of the phones; one of them sends messages too. */
async function openAccounts(stack: Stack): Promise<OperatorAccount[]> {
  await raiseLimits(stack)
  const settings = { request_timeout_ms: 1000 }
  const one = await newAccount(stack, 'telefon-ip', { name: 'one', settings })
  const other = await newAccount(stack, 'new-tel', { name: 'other', settings })
  await newRoute(stack, '+790', one, other)
  await newRoute(stack, '+791', other, one)
  for (const channel of ['sms', 'telegram'] as const) await routeOf(stack, channel, '+79', one)
  await admin(stack, 'PATCH', '/v1/policies', { phone_pause_seconds: null })
  await setPrices(stack)
  return [one, other]
}

/** Enough money for everything, and a price of another kind for each channel. */
async function setPrices(stack: Stack): Promise<void> {
  const money = (amount: string) => ({ amount, currency: 'RUB' })
  await admin(stack, 'POST', '/v1/billing/topups', money('1000000'))
  const pers = { flash_call: 'delivered', sms: 'attempt', telegram: 'approved' }
  for (const [channel, per] of Object.entries(pers)) {
    await admin(stack, 'POST', '/v1/prices', { prefix: '+7', channel, per, ...money('0.30') })
  }
}

type Starting = { first?: number; last?: number; started: string[]; refused: string[] }

/**
 * Starts the verifications from `first` to before `last`. `refused` collects wrong answers; a 503 is allowed.
 */
async function startSome(
  { stack, random }: Scene,
  { first = 0, last = 0, started, refused }: Starting,
): Promise<void> {
  const pauses = Array.from({ length: last - first }, () => random() * PACE_MS)
  const asked: Promise<void>[] = []
  for (const [i, pause] of pauses.entries()) {
    const phone = `+79${i % 2}${10_000_000 + (first + i) * 31}`
    const body = { phone, ...STARTS[(first + i) % STARTS.length] }
    const start = stack.request('POST', '/v1/verifications', { key: stack.adminKey, body })
    asked.push(
      start.then(
        (answer) => {
          if (answer.status === 201) started.push(answer.body.id)
          else if (answer.status < 500) refused.push(`a start was answered ${answer.status} ${answer.text}`)
        },
        (error) => void refused.push(`a start was not answered: ${error}`),
      ),
    )
    await sleep(pause)
  }
  await Promise.all(asked)
}

async function act(deed: Deed, { stack, database, redisUrl, accounts, random }: Scene): Promise<void> {
  const one = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  const worker = one(WORKERS)
  const queue = { databaseUrl: database.url, redisUrl }
  switch (deed) {
    case 'kill':
      await stack.kill(worker)
      return stack.restart(worker)
    case 'freeze':
      // Longer than a claim may take: the worker must not send its request when it wakes up.
      await stack.kill(worker, 'SIGSTOP')
      await sleep(1000 + random() * 4000)
      return stack.kill(worker, 'SIGCONT')
    case 'empty':
      return emptyQueue(queue)
    case 'duplicate':
      return duplicateJobs(queue, await openAttempts(database.url))
    case 'operator': {
      const mode: FaultMode = one(MODES)
      const account = one(accounts)
      if (mode !== 'down') return account.fault(mode, { count: 1 + Math.floor(random() * 6) })
      await account.fault(mode, {})
      await sleep(random() * 1000)
      return account.mend()
    }
    case 'crash':
      await database.crash()
      return isReady(stack)
  }
}

async function openAttempts(databaseUrl: string): Promise<{ id: string; verificationId: string }[]> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    return await sql<{ id: string; verificationId: string }[]>`
      select id, verification_id as "verificationId" from attempts where ended_at is null limit 50`
  } finally {
    await sql.end()
  }
}

const isReady = async (stack: Stack) => {
  const ready = async () => (await stack.request('GET', '/readyz', { key: null })).status === 200
  await waitFor(ready, { timeoutMs: 30_000, what: 'the API to be ready' })
}
