import { setTimeout as sleep } from 'node:timers/promises'
import { Queue as BullQueue } from 'bullmq'
import type { Logger } from 'pino'
import { type QueueConfig, queueBackend } from './backend.ts'
import { JOBS, type Job, QUEUE_NAMES, RETENTION } from './jobs.ts'

export type Queue = {
  /** Wakes the workers up. Never fails and never waits: what is not queued, the sweep finds. */
  enqueue(jobs: readonly Job[]): void
  /** Resolves when the queue's storage has answered. Until then it waits, or throws. */
  ping(): Promise<void>
  /** Waits for what is being added, then closes. */
  close(): Promise<void>
}

const PENDING_MAX = 10_000
/** How long closing waits for what is being added. */
const PATIENCE_MS = 3000

export function createQueue(config: QueueConfig, log: Logger): Queue {
  const backend = queueBackend(config, 'producer')
  const queues = new Map(
    QUEUE_NAMES.map((name) => {
      const options = {
        connection: backend.connection,
        skipWaitingForReady: true,
        // Asking before Redis is there would fail, and the queue would never work again; workers check the version.
        skipVersionCheck: true,
        defaultJobOptions: RETENTION,
      }
      const queue = new BullQueue(name, options, backend.factory)
      queue.on('error', (error) => log.warn({ queue: name, error: error.message }, 'queue connection'))
      return [name, queue] as const
    }),
  )
  const adding = new Set<Promise<unknown>>()
  let pending = 0

  return {
    enqueue(jobs) {
      for (const [name, queue] of queues) {
        const own = jobs.filter((job) => JOBS[job.name].queue === name)
        if (own.length === 0) continue
        if (pending + own.length > PENDING_MAX) {
          log.warn({ queue: name, jobs: own.length }, 'queue is slow: left to the sweep')
          continue
        }
        pending += own.length
        const add = queue
          .addBulk(
            own.map((job) => ({ name: job.name, data: job.payload, opts: { delay: job.delayMs ?? 0 } })),
          )
          .catch((error: Error) =>
            log.warn(
              { queue: name, jobs: own.length, error: error.message },
              'jobs not queued: left to the sweep',
            ),
          )
          .finally(() => {
            pending -= own.length
            adding.delete(add)
          })
        adding.add(add)
      }
    },
    async ping() {
      await queues.get('place')?.getJobCountByTypes('active')
    },
    async close() {
      const patience = new AbortController()
      await Promise.race([Promise.allSettled(adding), sleep(PATIENCE_MS, null, patience)])
      patience.abort()
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
      backend.close()
    },
  }
}
