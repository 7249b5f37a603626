import { Queue } from 'bullmq'
import { queueBackend } from '../../src/queue/backend.ts'
import { RETENTION } from '../../src/queue/jobs.ts'
import { startChild } from '../setup/child.ts'
import { waitFor } from '../setup/wait.ts'
import type { Bed } from './bed.ts'
import { startMeter } from './cpu.ts'
import type { Sample } from './figure.ts'

/** The most that one of our group commits queues. */
const BULK = 256
const PRODUCERS = 4

/** No-op jobs a second, added here and run in another process. */
export async function noopJobsPerSecond(bed: Bed, count: number): Promise<Sample> {
  const env = { DATABASE_URL: bed.databaseUrl, ...(bed.redisUrl ? { REDIS_URL: bed.redisUrl } : {}) }
  const worker = await startChild('test/bench/noop-worker.ts', { PATH: process.env.PATH ?? '', ...env })
  const { connection, factory } = queueBackend({ REDIS_URL: undefined, ...env }, 'worker')
  const queue = new Queue('noop', { connection, defaultJobOptions: RETENTION }, factory)
  try {
    await queue.waitUntilReady()
    const meter = startMeter({ ...bed.processes, api: [], worker: [worker.pid] })
    const started = performance.now()
    let added = 0
    const produce = async () => {
      while (added < count) {
        added += BULK
        await queue.addBulk(Array.from({ length: BULK }, (_, i) => ({ name: 'noop', data: { i } })))
      }
    }
    await Promise.all(Array.from({ length: PRODUCERS }, produce))
    const left = () => queue.getJobCountByTypes('waiting', 'active')
    await waitFor(async () => (await left()) === 0, { timeoutMs: 120_000, what: 'the jobs to be done' })
    const value = added / ((performance.now() - started) / 1000)
    const cpu = meter(added)
    // Adding jobs is the API's part of a verification.
    return { value, cpu: { ...cpu, api: cpu.load, load: 0 } }
  } finally {
    await queue.close()
    await worker.stop()
  }
}
