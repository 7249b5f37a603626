import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Queue as BullQueue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { place } from '../../src/calls/place.ts'
import { sweep } from '../../src/calls/sweep.ts'
import type { ClientContext } from '../../src/context.ts'
import { createLogger } from '../../src/process/log.ts'
import { type QueueConfig, queueBackend } from '../../src/queue/backend.ts'
import {
  BUNDLE_MAX,
  JOBS,
  type Job,
  type JobName,
  type JobPayload,
  QUEUE_NAMES,
} from '../../src/queue/jobs.ts'
import { migrateQueue } from '../../src/queue/migrate.ts'
import { createQueue } from '../../src/queue/queue.ts'
import { createTroubleLog } from '../../src/queue/trouble.ts'
import { newId } from '../../src/values/ids.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { freePort } from '../setup/ports.ts'
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
    await test.app.db.sql`update attempts set due_at = now() where verification_id = ${uuidOf(id)}`
    await sweep(test.worker)
    await waitFor(async () => (await waiting(uuidOf(id))).length > 0)
    const [job] = await waiting(uuidOf(id))
    expect(job?.name).toBe('place')
    for (const call of job?.data.calls ?? []) await place(test.worker, call)
    expect((await stored(test, id)).calls).toMatchObject([{ status: 'placed' }])
  })

  const jobs = (count: number, name: JobName = 'place', delayMs = 0): Job[] =>
    Array.from({ length: count }, () => {
      return { name, payload: { verification: newId(), attempt: newId() }, delayMs }
    })
  /** The bundles that hold these jobs. */
  const bundlesOf = async (added: Job[]) => {
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

describe.each(['PostgreSQL', 'Redis'])('with %s away', (backend) => {
  const log = createLogger({ LOG_LEVEL: 'silent' }, 'test')
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  beforeAll(() => {
    process.on('unhandledRejection', note)
  })
  afterAll(() => {
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  const at = (port: number): QueueConfig => ({
    DATABASE_URL: `postgres://nobody:nothing@127.0.0.1:${port}/none`,
    ...(backend === 'Redis' ? { REDIS_URL: `redis://127.0.0.1:${port}` } : {}),
  })
  const jobs = (count: number): Job[] =>
    Array.from({ length: count }, () => ({
      name: 'place',
      payload: { verification: newId(), attempt: newId() },
    }))

  it('refused and unanswered jobs delay nothing: adding returns at once, and never throws', async () => {
    const mute = await muteServer()
    const ports = [await freePort(), mute.port]
    const queues = ports.map((port) => createQueue(at(port), log))
    const answered = queues.map((queue) => {
      for (let i = 0; i < 300; i++) expect(queue.enqueue(jobs(100))).toBe(undefined)
      return queue.ping().then(
        () => true,
        () => false,
      )
    })
    mute.hangUp()
    await Promise.all(queues.map((queue) => queue.close()))
    expect(await Promise.all(answered)).toEqual([false, false])
    await mute.close()
  })
})

it.each(['REDIS_URL', 'DATABASE_URL'])(
  'an unreachable queue is logged once, by %s and its address, without the password',
  async (name) => {
    const lines: { msg: string }[] = []
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line)) })
    const port = await freePort()
    const elsewhere = `postgres://me:hidden@127.0.0.1:${port}/none`
    const REDIS_URL = name === 'REDIS_URL' ? `redis://:hidden@127.0.0.1:${port}` : undefined
    const config = { DATABASE_URL: elsewhere, REDIS_URL }
    const backend = queueBackend(config, 'worker')
    const tries: Error[] = []
    const tellTrouble = createTroubleLog(config, log)
    const worker = new Worker('place', async () => {}, backend, backend.factory)
    worker.on('error', (error) => {
      tries.push(error)
      tellTrouble(error)
    })
    await waitFor(() => tries.length > 3)
    await worker.close(true)
    backend.close()
    expect(lines.map(({ msg }) => msg)).toEqual([
      `${name}: the queue at 127.0.0.1:${port} is unavailable; calls wait until it is back`,
    ])
    expect(JSON.stringify(lines)).not.toContain('hidden')
  },
)

it('worker and queue wait for a late PostgreSQL, and survive one that closes their connections', async () => {
  const test = await startTestApp()
  await migrateQueue(test.database.url)
  const { hostname, port } = new URL(test.database.url)
  const door = await lateDoor(Number(port), hostname)
  const { pathname, username, password } = new URL(test.database.url)
  const config = { DATABASE_URL: `postgres://${username}:${password}@127.0.0.1:${door.port}${pathname}` }
  const backend = queueBackend(config, 'worker')
  const done: string[] = []
  const worker = new Worker(
    'place',
    async (job) => void done.push(...job.data.calls.map((call: JobPayload) => call.attempt)),
    backend,
    backend.factory,
  )
  const refusals: Error[] = []
  worker.on('error', (error) => refusals.push(error))
  const queue = createQueue(config, createLogger({ LOG_LEVEL: 'silent' }, 'test'))
  const payload = { verification: newId(), attempt: newId() }
  queue.enqueue([{ name: 'place', payload }])
  await waitFor(() => refusals.length > 0)
  door.open()
  await waitFor(() => done.includes(payload.attempt))
  await Promise.all([worker.close(), queue.close()])
  await door.close()
  await test.stop()
})

/** PostgreSQL's message to clients whose connections it closes, e.g. at a shutdown. */
const SENT_AWAY = Buffer.from('E\0\0\0\x18SFATAL\0C57P01\0Mend\0\0', 'latin1')

/**
 * Closes connections at once until it is opened; then forwards them to the port. A client's Terminate ('X')
 * gets the shutdown message at once.
 */
async function lateDoor(port: number, host: string) {
  let isOpen = false
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (!isOpen) return void socket.destroy()
    const inner = connect(port, host)
    sockets.add(inner)
    inner.on('error', () => socket.destroy()).on('close', () => socket.destroy())
    socket.on('close', () => inner.destroy())
    socket.on('data', ([type]) => {
      if (type === 'X'.charCodeAt(0)) socket.write(SENT_AWAY)
    })
    socket.pipe(inner).pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    open: () => {
      isOpen = true
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Accepts connections and sends nothing. */
async function muteServer() {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: address && typeof address === 'object' ? address.port : 0,
    hangUp,
    close() {
      hangUp()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
