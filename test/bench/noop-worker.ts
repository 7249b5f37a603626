import { Worker } from 'bullmq'
import { queueBackend } from '../../src/queue/backend.ts'

/** The baseline of a queue: a worker with our settings whose jobs do nothing. */
const { DATABASE_URL = '', REDIS_URL } = process.env
const { connection, factory } = queueBackend({ DATABASE_URL, REDIS_URL }, 'worker')
const worker = new Worker('noop', async () => {}, { connection, concurrency: 200 }, factory)
await worker.waitUntilReady()
process.send?.({ ready: true })
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => process.exit(0))
