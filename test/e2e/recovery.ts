import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Embedded, startEmbedded } from '../../src/embedded/embedded.ts'
import { queueBackend } from '../../src/queue/backend.ts'
import { RETENTION } from '../../src/queue/jobs.ts'
import { newId } from '../../src/values/ids.ts'
import { isAlive } from '../setup/start.ts'
import { waitFor } from '../setup/wait.ts'
import { keepCommits } from './keep-commits.ts'
import { type Backend, phoneBook, type Service, startService } from './support.ts'

type Call = { id: string; phone: string }

/** The tests with one queue storage. Each storage has its own file, so that both run in parallel. */
export function recovery(backend: Backend): void {
  let folder: string
  let database: Embedded
  let service: Service
  const newPhone = phoneBook('+79')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ringproof-recovery-'))
    await startDatabase()
    await keepCommits(database.url)
    service = await startService(backend, { databaseUrl: database.url, workers: 2, quick: true })
    const limits = { starts_per_prefix_hour: null, conversion_guard: null }
    await service.admin('PATCH', '/v1/policies', limits)
  }, 90_000)
  beforeEach(async () => {
    await service.mend()
  })
  afterAll(async () => {
    await service?.stop()
    await database?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  /** Starts on the earlier data and port, if any. */
  async function startDatabase(): Promise<void> {
    database = await startEmbedded({ dataDir: folder, ephemeral: true })
  }

  async function beginMany(count: number): Promise<Call[]> {
    return Promise.all(
      Array.from({ length: count }, async () => {
        const phone = newPhone()
        return { id: (await service.begin(phone)).id as string, phone }
      }),
    )
  }

  async function dialled(calls: Call[]): Promise<number> {
    const phones = new Set(calls.map(({ phone }) => phone))
    return (await service.ledger()).filter(({ phone }) => phones.has(phone)).length
  }

  /**
   * Asks the database, once for all: dozens that ask the API again and again would be a load of their own.
   */
  async function allDelivered(calls: Call[]): Promise<void> {
    const ids = calls.map(({ id }) => id.slice(4))
    const open = () => service.sql<{ phone: string; status: string }[]>`
      select phone, status from verifications where id = any(${ids}::uuid[]) and status <> 'delivered'`
    await waitFor(
      async () => {
        const rows = await open()
        if (rows.length > 0) throw new Error(`${rows[0]?.phone} is ${rows[0]?.status}`)
        return true
      },
      { timeoutMs: 40_000, what: 'all to be delivered' },
    )
    for (const { id } of calls) expect((await service.get(id)).status).toBe('delivered')
  }

  /** Checks that each is delivered, its phone was dialled exactly once, and its audit is intact. */
  async function expectDeliveredOnce(calls: Call[]): Promise<void> {
    await allDelivered(calls)
    const ledger = await service.ledger()
    for (const { id, phone } of calls) {
      const { chain, data } = (await service.request('GET', `/v1/verifications/${id}/audit`)).body
      expect(
        ledger.filter((call) => call.phone === phone).map((call) => call.operator),
        `${phone} ${JSON.stringify(data)}`,
      ).toHaveLength(1)
      expect(chain).toBe('intact')
    }
  }

  async function withoutWorkers<T>(act: () => Promise<T>): Promise<T> {
    const workers = ['worker-1', 'worker-2']
    await Promise.all(workers.map((name) => service.stack.kill(name, 'SIGTERM')))
    try {
      return await act()
    } finally {
      await Promise.all(workers.map((name) => service.stack.restart(name)))
    }
  }

  it('a queue emptied before the call is placed loses no verification, and no phone is called twice', async () => {
    const calls = await withoutWorkers(async () => {
      const begun = await beginMany(5)
      await waitFor(async () => (await service.queuedCalls()) >= 5, { what: 'the calls in the queue' })
      await service.emptyQueue()
      expect(await service.queuedCalls()).toBe(0)
      return begun
    })
    await expectDeliveredOnce(calls)
  }, 90_000)

  it('jobs left by a former version are logged, and delay nothing', async () => {
    const { connection, factory, close } = queueBackend(
      { DATABASE_URL: service.databaseUrl, REDIS_URL: service.redisUrl },
      'producer',
    )
    const queue = new Queue('place', { connection, defaultJobOptions: RETENTION }, factory)
    const job = await queue.add('place', { verification: newId(), attempt: newId() })
    await queue.close()
    close()
    await waitFor(() =>
      service.stack
        .logs()
        .split('\n')
        .some((line) => line.includes('job failed: left to the sweep') && line.includes(`"id":"${job.id}"`)),
    )
    await expectDeliveredOnce(await beginMany(3))
  }, 90_000)

  it('a queue emptied while calls are placed and polled loses none of their ends', async () => {
    await service.fault({ operator: 'telefon-ip', mode: 'slow_after_call' })
    const calls = await beginMany(5)
    await waitFor(async () => (await dialled(calls)) === 5)
    await service.emptyQueue()
    await waitFor(async () => (await Promise.all(calls.map(({ id }) => service.get(id)))).every(isPlaced))
    await service.emptyQueue()
    await expectDeliveredOnce(calls)
  }, 90_000)

  it('verifications survive restarts of API and workers, and can be confirmed', async () => {
    await service.fault({ operator: 'telefon-ip', mode: 'slow_after_call' })
    const calls = await beginMany(5)
    await waitFor(async () => (await dialled(calls)) >= 1)
    await Promise.all(['api', 'worker-1', 'worker-2'].map((name) => service.stack.restart(name)))
    await expectDeliveredOnce(calls)
    for (const { id, phone } of calls) {
      const [from = ''] = await service.rung(phone)
      expect((await service.confirm(id, from)).body.status).toBe('approved')
    }
  }, 90_000)

  it('starts answered with 201 are executed, even if the API is killed right after', async () => {
    const calls = await beginMany(8)
    await service.stack.kill('api')
    await service.stack.restart('api')
    await expectDeliveredOnce(calls)
  }, 90_000)

  const WORKERS = ['worker-1', 'worker-2']

  it('workers killed again and again under load: one dialled call an attempt at most, and every verification delivered', async () => {
    // Answers take a second, so that each kill falls between a call and its answer.
    await service.fault({ operator: 'telefon-ip', mode: 'slow_after_call' })
    const calls: Call[] = []
    for (let wave = 0; wave < 3; wave++) {
      const begun = await beginMany(20)
      calls.push(...begun)
      await waitFor(async () => (await dialled(begun)) >= 3, { what: 'calls to be under way' })
      // Both: the calls of a bundle may all be with one of them.
      await Promise.all(WORKERS.map((worker) => service.stack.kill(worker)))
      await Promise.all(WORKERS.map((worker) => service.stack.restart(worker)))
    }
    await allDelivered(calls)

    const attempts = await service.sql<{ phone: string; provider: string; count: number }[]>`
      select v.phone, a.provider, count(*)::int as count
      from attempts a join verifications v on v.id = a.verification_id
      where a.placing_at is not null group by v.phone, a.provider`
    const asked = new Map(attempts.map(({ phone, provider, count }) => [`${phone} ${provider}`, count]))
    const rang = new Map<string, number>()
    for (const { phone, operator } of await service.ledger()) {
      rang.set(`${phone} ${operator}`, (rang.get(`${phone} ${operator}`) ?? 0) + 1)
    }
    for (const { phone } of calls) expect(await service.ledger(phone), phone).not.toHaveLength(0)
    for (const [name, count] of rang) expect(count, name).toBeLessThanOrEqual(asked.get(name) ?? 0)
    const [lost] = await service.sql<{ count: number }[]>`
      select count(*)::int as count from attempts
      where unclear_at is not null and verification_id = any(${calls.map(({ id }) => id.slice(4))}::uuid[])`
    expect(lost?.count, 'answers that were lost by a kill').toBeGreaterThan(0)
    for (const { id } of calls) {
      expect((await service.request('GET', `/v1/verifications/${id}/audit`)).body.chain).toBe('intact')
    }
  }, 150_000)

  it('an API that stops finishes its requests, and exits with 0', async () => {
    const api = await service.another('src/main.ts')
    const phones = Array.from({ length: 5 }, newPhone)
    // Starts wait for this lock until the transaction ends.
    const starts = await service.sql.begin(async (tx) => {
      await tx`lock table verifications in exclusive mode`
      const sent = phones.map((phone) =>
        fetch(`${api.url}/v1/verifications`, {
          method: 'POST',
          headers: { authorization: `Bearer ${service.stack.testKey}`, 'content-type': 'application/json' },
          body: JSON.stringify({ phone }),
        }).then(async (answer) => ({ status: answer.status, body: await answer.json() })),
      )
      await waitFor(async () => {
        const [row] = await tx<{ waiting: number }[]>`
          select count(*)::int as waiting from pg_locks where not granted and relation = 'verifications'::regclass`
        return (row?.waiting ?? 0) > 0
      })
      api.signal('SIGTERM')
      await waitFor(() =>
        fetch(`${api.url}/healthz`).then(
          () => false,
          () => true,
        ),
      )
      return sent
    })
    const answers = await Promise.all(starts)
    expect(answers.map(({ status }) => status)).toEqual(phones.map(() => 201))
    expect(await api.exit, api.output()).toBe(0)
    const calls = answers.map(({ body }) => body as Call)
    await expectDeliveredOnce(calls)
  }, 90_000)

  it('a worker that stops finishes its calls, and exits with 0', async () => {
    await service.fault({ operator: 'telefon-ip', mode: 'slow_after_call' })
    const calls = await withoutWorkers(async () => {
      const worker = await service.another('worker/main.ts')
      const begun = await beginMany(6)
      await waitFor(async () => (await dialled(begun)) === 6)
      worker.signal('SIGTERM')
      expect(await worker.exit, worker.output()).toBe(0)
      const half = await service.sql`select id from attempts where status = 'placing'`
      expect(half).toHaveLength(0)
      return begun
    })
    await expectDeliveredOnce(calls)
  }, 90_000)

  if (backend === 'Redis') {
    it('without Redis starts are still accepted, and the calls follow once it is back', async () => {
      await service.stopRedis()
      await waitFor(async () => (await unready()).includes('queue'))
      const calls = await beginMany(5)
      expect(await dialled(calls)).toBe(0)
      await service.startRedisAgain()
      await expectDeliveredOnce(calls)
      await waitFor(async () => (await unready()).length === 0)
    }, 90_000)
  }

  it('without PostgreSQL every start is refused at once with Retry-After; the service recovers by itself', async () => {
    const names = ['api', 'worker-1', 'worker-2']
    const pids = names.map((name) => service.stack.pid(name))
    await service.fault({ operator: 'telefon-ip', mode: 'slow_after_call' })
    const calls = await beginMany(5)
    await waitFor(async () => (await dialled(calls)) === 5)
    // The operator's answers arrive while they cannot be stored.
    await database.stop()
    await waitFor(async () => (await unready()).includes('database'))

    const refusedPhones = Array.from({ length: 10 }, newPhone)
    const since = performance.now()
    const answers = await Promise.all(
      refusedPhones.map((phone) => service.request('POST', '/v1/verifications', { body: { phone } })),
    )
    expect(performance.now() - since).toBeLessThan(8000)
    for (const answer of answers) {
      expect([answer.status, answer.body.code], answer.text).toEqual([503, 'unavailable'])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }

    await startDatabase()
    await waitFor(async () => (await unready()).length === 0, { timeoutMs: 20_000 })
    await expectDeliveredOnce(calls)
    await expectDeliveredOnce(await beginMany(3))
    for (const phone of refusedPhones) expect(await service.ledger(phone)).toEqual([])
    expect(pids.filter(isAlive)).toEqual(pids)
  }, 90_000)

  /** The parts that readiness reports as down. */
  async function unready(): Promise<string[]> {
    const answer = await service.request('GET', '/readyz', { key: null })
    expect(answer.status).toBe(answer.body.down ? 503 : 200)
    return answer.body.down ?? []
  }
}

function isPlaced(verification: { attempts_detail: { placed_at: string | null }[] }): boolean {
  return verification.attempts_detail[0]?.placed_at !== null
}
