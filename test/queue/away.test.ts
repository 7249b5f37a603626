import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Worker } from 'bullmq'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../src/process/log.ts'
import { type QueueConfig, queueBackend } from '../../src/queue/backend.ts'
import type { Job, JobPayload } from '../../src/queue/jobs.ts'
import { migrateQueue } from '../../src/queue/migrate.ts'
import { createQueue } from '../../src/queue/queue.ts'
import { createTroubleLog } from '../../src/queue/trouble.ts'
import { newId } from '../../src/values/ids.ts'
import { startTestApp } from '../setup/app.ts'
import { freePort } from '../setup/ports.ts'
import { waitFor } from '../setup/wait.ts'

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
