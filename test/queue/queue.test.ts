import { Queue as BullQueue } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { place } from '../../src/calls/place.ts'
import { sweep } from '../../src/calls/sweep.ts'
import type { ClientContext } from '../../src/context.ts'
import { type QueueConfig, queueBackend } from '../../src/queue/backend.ts'
import {
  type AttemptJob,
  type AttemptJobName,
  BUNDLE_MAX,
  JOBS,
  type JobPayload,
  QUEUE_NAMES,
} from '../../src/queue/jobs.ts'
import { migrateQueue } from '../../src/queue/migrate.ts'
import { createQueue } from '../../src/queue/queue.ts'
import { newId } from '../../src/values/ids.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { hasRedis, startRedis, type TestRedis } from '../setup/redis.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, beginAndRing, stored, uuidOf } from '../verifications/support.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const config = (test: TestApp): QueueConfig => test.app.config as QueueConfig

const backends = ['PostgreSQL', ...(hasRedis() ? ['Redis'] : [])]

describe.each(backends)('the queue in %s', (backend) => {
  let redis: TestRedis | null = null
  let test: TestApp
  let client: ClientContext
  beforeAll(async () => {
    if (backend === 'Redis') redis = await startRedis()
    test = await startTestApp(redis ? { REDIS_URL: redis.url } : {})
    await migrateQueue(test.database.url)
    client = await test.newTenant()
  })
  afterAll(async () => {
    await test?.stop()
    await redis?.stop()
  })

  const onEach = async <T>(work: (queue: BullQueue) => Promise<T>): Promise<T[]> => {
    const { connection, factory, close } = queueBackend(config(test), 'producer')
    const results = await Promise.all(
      QUEUE_NAMES.map(async (name) => {
        const queue = new BullQueue(name, { connection, skipWaitingForReady: false }, factory)
        await queue.waitUntilReady()
        try {
          return await work(queue)
        } finally {
          await queue.close()
        }
      }),
    )
    close()
    return results
  }

  /** Every waiting job, as stored. */
  const waiting = async (verification?: string) => {
    const jobs = await onEach((queue) => queue.getJobs(['waiting', 'delayed', 'prioritized']))
    const isOf = ({ calls }: { calls: JobPayload[] }) =>
      calls.some((call) => call.verification === verification)
    return jobs.flat().filter((job) => !verification || isOf(job.data))
  }

  it('stores only ids: no phone, no code, no reference', async () => {
    const { id, phone, code } = await beginAndRing(test, client, { reference: 'a-reference-of-theirs' })
    const own = uuidOf(id)
    await waitFor(async () => (await waiting(own)).some((job) => job.name === 'poll'))
    const jobs = await waiting(own)
    for (const job of jobs) {
      expect(Object.keys(JOBS)).toContain(job.name)
      expect(Object.keys(job.data)).toEqual(['calls'])
      for (const call of job.data.calls) {
        expect(Object.keys(call).sort()).toEqual(['attempt', 'verification'])
        for (const value of Object.values(call)) expect(value).toMatch(UUID)
      }
      const { data: _, ...rest } = job.asJSON()
      const kept = JSON.stringify(rest)
      for (const secret of [phone, phone.slice(1), `"${code}"`, 'a-reference-of-theirs']) {
        expect(kept).not.toContain(secret)
      }
    }
  })

  it('may be emptied at any time: the sweep queues its jobs again', async () => {
    const { id } = await begin(client)
    await waitFor(async () => (await waiting(uuidOf(id))).length > 0)
    if (redis) await onRedis((connection) => connection.flushall())
    else await onEach((queue) => queue.drain(true))
    expect(await waiting()).toEqual([])
    await test.app.db
      .sql`update due_attempts set due_at = now(), slot = 0 where verification_id = ${uuidOf(id)}`
    await sweep(test.worker)
    await waitFor(async () => (await waiting(uuidOf(id))).length > 0)
    const [job] = await waiting(uuidOf(id))
    expect(job?.name).toBe('place')
    for (const call of job?.data.calls ?? []) await place(test.worker, call)
    expect((await stored(test, id)).calls).toMatchObject([{ status: 'placed' }])
  })

  const jobs = (count: number, name: AttemptJobName = 'place', delayMs = 0): AttemptJob[] =>
    Array.from({ length: count }, () => {
      return { name, payload: { verification: newId(), attempt: newId() }, delayMs }
    })
  /** The bundles that hold these jobs. */
  const bundlesOf = async (added: AttemptJob[]) => {
    const own = new Set(added.map(({ payload }) => payload.attempt))
    const isOwn = (call: JobPayload) => own.has(call.attempt)
    const find = async () => (await waiting()).filter((job) => job.data.calls.some(isOwn))
    await waitFor(async () => (await find()).flatMap((job) => job.data.calls).length >= added.length)
    const bundles = await find()
    const attempts = bundles.flatMap((job) => job.data.calls.map((call: JobPayload) => call.attempt))
    expect(attempts.sort()).toEqual([...own].sort())
    return bundles
  }

  it('bundles the jobs of one tick by kind, at most a hundred calls to a bundle', async () => {
    const placed = jobs(BUNDLE_MAX * 2 + 50)
    const followed = [...jobs(3, 'poll'), ...jobs(2, 'adopt')]
    for (const job of [...placed, ...followed]) test.app.queue.enqueue([job])
    const bundles = await bundlesOf([...placed, ...followed])
    const sizes = bundles.map((job) => `${job.name} ${job.data.calls.length}`)
    expect(sizes.sort()).toEqual(['adopt 2', 'place 100', 'place 100', 'place 50', 'poll 3'])
  })

  it('bundles jobs due at the same moment, and runs none early', async () => {
    const delays = [1, 40, 99, 100, 101, 5000, 5001, 5040, 60_000]
    const added = delays.flatMap((delayMs) => jobs(4, 'poll', 20_000 + delayMs))
    const before = Date.now()
    test.app.queue.enqueue(added)
    const after = Date.now()
    const bundles = await bundlesOf(added)
    // Depending on where tenths of a second begin: two for the first five delays, at most two for the next
    // three, and one.
    expect(bundles.length).toBeLessThanOrEqual(5)
    for (const { payload, delayMs = 0 } of added) {
      const bundle = bundles.find((job) =>
        job.data.calls.some(({ attempt }: JobPayload) => attempt === payload.attempt),
      )
      const dueAt = (bundle?.timestamp ?? 0) + (bundle?.delay ?? 0)
      expect(dueAt).toBeGreaterThanOrEqual(before + delayMs)
      expect(dueAt).toBeLessThanOrEqual(after + delayMs + 100)
    }
  })

  it('without room for jobs fails its ping until it has room again', async () => {
    const queue = createQueue(config(test), test.app.log)
    const add = async () => {
      queue.enqueue(jobs(1))
      return queue.ping().then(
        () => 'takes jobs',
        () => 'refuses',
      )
    }
    await waitFor(async () => (await add()) === 'takes jobs')
    await setRoom(false)
    await waitFor(async () => (await add()) === 'refuses')
    await setRoom(true)
    await waitFor(async () => (await add()) === 'takes jobs')
    await queue.close()
  })

  async function setRoom(room: boolean): Promise<void> {
    if (redis) {
      return onRedis(async (connection) => {
        await connection.config('SET', 'maxmemory', room ? '0' : '1')
      })
    }
    const { sql } = test.app.db
    if (room) return void (await sql`drop trigger refuse on bullmq.job`)
    await sql`create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'no room' using errcode = '53100'; end $$`
    await sql`create trigger refuse before insert on bullmq.job execute function refuse()`
  }

  async function onRedis<T>(work: (connection: Redis) => Promise<T>): Promise<T> {
    const connection = new Redis(redis?.url ?? '')
    try {
      return await work(connection)
    } finally {
      connection.disconnect()
    }
  }
})
