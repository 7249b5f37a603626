import { setTimeout as sleep } from 'node:timers/promises'
import { Queue as BullQueue } from 'bullmq'
import type { Logger } from 'pino'
import { type QueueConfig, queueBackend } from './backend.ts'
import { BUNDLE_WINDOW_MS, type Bundle, bundled, type DueJob, due } from './bundles.ts'
import { JOBS, type Job, QUEUE_NAMES, type QueueName, RETENTION } from './jobs.ts'
import { createTroubleLog } from './trouble.ts'

export type Queue = {
  /**
   * Wakes the workers. Jobs queued in the same tick, or due later within the same window, travel together.
   * Never fails and never waits: the sweep finds what was not queued.
   */
  enqueue(jobs: readonly Job[]): void
  /**
   * Resolves when the queue's storage answers; waits or throws while it does not. Also throws if the storage
   * has just refused jobs (no memory, disk full).
   */
  ping(): Promise<void>
  /** What waits in each queue. Throws while the storage does not answer. */
  backlog(): Promise<Backlog[]>
  /** Waits for jobs being added, then closes. */
  close(): Promise<void>
}

/**
 * Bundles of a queue: due and not taken, due later, and held by a worker. `oldestSeconds`: for how long the
 * first of the due ones has been due; 0 without one.
 */
export type Backlog = {
  queue: QueueName
  waiting: number
  delayed: number
  active: number
  oldestSeconds: number
}

/** Jobs accepted and not queued yet, at most. */
const PENDING_MAX = 10_000
/** How long the queue counts as down after refusing jobs. */
const REFUSED_MS = 3000
/** How long closing waits for jobs being added. */
const PATIENCE_MS = 3000

export function createQueue(config: QueueConfig, log: Logger): Queue {
  const backend = queueBackend(config, 'producer')
  const logTrouble = createTroubleLog(config, log)
  const queues = new Map(
    QUEUE_NAMES.map((name) => {
      const options = {
        connection: backend.connection,
        skipWaitingForReady: true,
        // The check would fail before Redis is up and break the queue for good; workers check the version.
        skipVersionCheck: true,
        defaultJobOptions: RETENTION,
      }
      const queue = new BullQueue(name, options, backend.factory)
      queue.on('error', logTrouble)
      return [name, queue] as const
    }),
  )
  const adding = new Set<Promise<unknown>>()
  let pending = 0
  let refusedAt = Number.NEGATIVE_INFINITY
  let gathered: DueJob[] = []
  let soon: NodeJS.Immediate | undefined
  let later: NodeJS.Timeout | undefined

  function send(): void {
    clearImmediate(soon)
    clearTimeout(later)
    soon = undefined
    later = undefined
    const byQueue = Map.groupBy(bundled(gathered), ({ name }) => JOBS[name])
    gathered = []
    for (const [name, bundles] of byQueue) {
      const add = sendTo(name, bundles).finally(() => adding.delete(add))
      adding.add(add)
    }
  }

  async function sendTo(name: QueueName, bundles: Bundle[]): Promise<void> {
    const jobs = bundles.reduce((sum, { calls }) => sum + calls.length, 0)
    const now = Date.now()
    // There is mostly one, and the pipeline of `addBulk` costs more than the rest of adding it.
    const added = await Promise.allSettled(
      bundles.map(({ name: job, dueAt, calls }) => {
        const options = { timestamp: now, delay: Math.max(0, dueAt - now) }
        return queues.get(name)?.add(job, { calls }, options)
      }),
    )
    pending -= jobs
    const [failed, ...more] = added.filter((one) => one.status === 'rejected')
    if (!failed) return
    refusedAt = performance.now()
    const facts = { queue: name, bundles: 1 + more.length, error: (failed.reason as Error).message }
    log.warn(facts, 'jobs not queued: left to the sweep')
  }

  return {
    enqueue(jobs) {
      if (jobs.length === 0) return
      if (pending + jobs.length > PENDING_MAX) {
        log.warn({ jobs: jobs.length }, 'queue is slow: left to the sweep')
        return
      }
      pending += jobs.length
      const now = Date.now()
      const added = jobs.map((job) => due(job, now))
      gathered.push(...added)
      if (added.some(({ dueAt }) => dueAt === 0)) soon ??= setImmediate(send)
      else later ??= setTimeout(send, BUNDLE_WINDOW_MS)
    },
    async ping() {
      await queues.get('place')?.getJobCountByTypes('active')
      if (performance.now() - refusedAt < REFUSED_MS) throw new Error('the queue is refusing jobs')
    },
    backlog: () =>
      Promise.all(
        [...queues].map(async ([name, queue]) => {
          const [{ waiting = 0, delayed = 0, active = 0 }, [oldest]] = await Promise.all([
            queue.getJobCounts('waiting', 'delayed', 'active'),
            queue.getJobs(['waiting'], 0, 0, true),
          ])
          const dueAt = oldest ? oldest.timestamp + (oldest.opts.delay ?? 0) : Date.now()
          return {
            queue: name,
            waiting,
            delayed,
            active,
            oldestSeconds: Math.max(0, Date.now() - dueAt) / 1000,
          }
        }),
      ),
    async close() {
      send()
      const timer = new AbortController()
      await Promise.race([Promise.allSettled(adding), sleep(PATIENCE_MS, null, timer)])
      timer.abort()
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
      backend.close()
    },
  }
}
