import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseId } from '../../src/values/ids.ts'
import { type Stack, startStack } from '../setup/processes.ts'
import { waitFor } from '../setup/wait.ts'
import { type CrashingDatabase, startCrashingDatabase } from './database.ts'
import { type Gates, type Hold, startGates } from './gate.ts'
import { admin, newAccount, newRoute, type OperatorAccount, raiseLimits } from './operators.ts'
import { duplicateJobs, emptyQueue } from './queue.ts'
import { judge } from './verdict.ts'

/** Where the network holds calls. */
const HELD: Record<string, Hold> = {
  'request for a call': { request: 'get_code', before: 'request' },
  'answer to it': { request: 'get_code', before: 'answer' },
  'question how it stands': { request: 'get_status', before: 'request' },
  'answer to that': { request: 'get_status', before: 'answer' },
}
/** Where a lock on the verification holds them: the next commit waits for it. */
const LOCKED: Record<string, Hold | null> = {
  'commit of the answer': { request: 'get_code', before: 'answer' },
  'commit of the end': { request: 'get_status', before: 'answer' },
  'commit of the claim': null,
}
const EACH = 3
const WORKER = 'worker-1'

describe('at every boundary of a call', () => {
  let database: CrashingDatabase
  let stack: Stack
  let gates: Gates
  const accounts: OperatorAccount[] = []
  const prefixes = new Map<string, string>()
  const known: string[] = []
  let phones = 0

  beforeAll(async () => {
    database = await startCrashingDatabase()
    stack = await startStack({
      databaseUrl: database.url,
      env: { LOG_LEVEL: 'info' },
    })
    gates = await startGates(stack.sandboxUrl)
    await raiseLimits(stack)
    const settings = { request_timeout_ms: 3000, breaker: false }
    // A call held beyond its timeout moves to the next account, and a worker killed between its claim and its
    // request
    // uses that one up too: hence two accounts in reserve, with a long timeout because the machine may be
    // slow.
    const reserve: OperatorAccount[] = []
    for (const name of ['second', 'third']) {
      const patient = { ...settings, request_timeout_ms: 12_000 }
      reserve.push(await newAccount(stack, 'telefon-ip', { name, settings: patient }))
    }
    accounts.push(...reserve)
    for (const [i, name] of [...Object.keys(HELD), ...Object.keys(LOCKED)].entries()) {
      const gate = gateOf(name)
      const baseUrl = gates.url(gate, 'telefon-ip')
      const account = await newAccount(stack, 'telefon-ip', { name, baseUrl, settings })
      accounts.push(account)
      prefixes.set(name, `+790${i}`)
      await newRoute(stack, `+790${i}`, account, ...reserve)
    }
  }, 120_000)
  afterAll(async () => {
    await stack?.stop()
    await gates?.stop()
    await database?.stop()
  }, 60_000)

  const gateOf = (name: string) => name.replaceAll(' ', '-')

  async function start(name: string): Promise<string> {
    phones += 1
    const phone = `${prefixes.get(name)}${String(1_000_000 + phones * 7)}`
    const { id } = await admin(stack, 'POST', '/v1/verifications', { phone })
    known.push(id)
    return id
  }

  const isHeld = (name: string, count: number) =>
    waitFor(() => gates.held(gateOf(name)) >= count, { timeoutMs: 20_000, what: `calls held at the ${name}` })

  /** Locks the verification, as another change of it would. */
  async function lock(id: string) {
    const client = new pg.Client(database.url)
    // The database may crash meanwhile, and release the lock.
    client.on('error', () => {})
    await client.connect()
    await client.query('begin')
    await client.query('select from verifications where id = $1 for update', [parseId('verification', id)])
    return async () => {
      client.end().catch(() => {})
    }
  }

  async function waitingForLocks(count: number): Promise<void> {
    const sql = postgres(database.url, { max: 1, onnotice: () => {} })
    try {
      await waitFor(
        async () => {
          const rows = await sql`
            select from pg_stat_activity where application_name = 'ringproof worker' and wait_event_type = 'Lock'`
          return rows.length >= count
        },
        { timeoutMs: 20_000, what: `${count} commits that wait` },
      )
    } finally {
      await sql.end()
    }
  }

  /** Brings calls to every boundary and holds them there. Returns a function that releases them. */
  async function holdEverywhere(): Promise<() => Promise<void>> {
    const unlocks: (() => Promise<void>)[] = []
    for (const [name, hold] of Object.entries({ ...HELD, ...LOCKED }))
      if (hold) gates.close(gateOf(name), hold)
    const gated = Object.entries(LOCKED).flatMap(([name, hold]) => (hold ? [name] : []))
    const first = await Promise.all(gated.map(start))
    await Promise.all(Object.keys(HELD).flatMap((name) => Array.from({ length: EACH }, () => start(name))))
    for (const name of Object.keys(HELD)) await isHeld(name, EACH)
    for (const [i, name] of gated.entries()) {
      await isHeld(name, 1)
      unlocks.push(await lock(first[i] ?? ''))
      gates.letGo(gateOf(name))
      await waitingForLocks(i + 1)
    }
    await stack.kill(WORKER, 'SIGSTOP')
    const claimed = await start('commit of the claim')
    unlocks.push(await lock(claimed))
    await stack.kill(WORKER, 'SIGCONT')
    await waitingForLocks(gated.length + 1)
    return async () => {
      for (const name of Object.keys({ ...HELD, ...LOCKED })) {
        gates.open(gateOf(name))
        gates.letGo(gateOf(name))
      }
      await Promise.all(unlocks.map((unlock) => unlock()))
    }
  }

  async function openAttempts() {
    const sql = postgres(database.url, { max: 1, onnotice: () => {} })
    const rows = await sql<{ id: string; verificationId: string }[]>`
      select id, verification_id as "verificationId" from attempts where ended_at is null`
    await sql.end()
    return [...rows]
  }

  const queue = () => ({ databaseUrl: database.url })
  const FAULTS: Record<string, () => Promise<void>> = {
    'the worker is killed': () => stack.kill(WORKER),
    'the answer is lost': async () => {
      for (const name of Object.keys({ ...HELD, ...LOCKED })) gates.drop(gateOf(name))
    },
    'the jobs come again, and again': async () => duplicateJobs(queue(), await openAttempts()),
    'the queue is emptied': () => emptyQueue(queue()),
    'PostgreSQL crashes': () => database.crash(),
  }

  it.each(Object.keys(FAULTS))(
    'when %s, no attempt rings twice, every phone is reached, and every code is right',
    async (name) => {
      const goOn = await holdEverywhere()
      await FAULTS[name]?.().finally(goOn)
      if (name === 'the worker is killed') await stack.restart(WORKER)
      await waitFor(async () => (await stack.request('GET', '/readyz')).status === 200, { timeoutMs: 20_000 })
      const { problems, statuses } = await judge(stack, database.url, accounts, known)
      expect(problems).toEqual([])
      expect(statuses).toEqual({ approved: known.length })
    },
    120_000,
  )
})
