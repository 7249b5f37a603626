import { z } from 'zod'

/**
 * Each kind of job, and its queue. A job is a wake-up call and may be lost, doubled or late: what is to be done stands in
 * PostgreSQL, so nothing here is retried.
 */
export const JOBS = {
  /** Claim a queued attempt and ask the operator for the call. */
  place: 'place',
  /** Ask the operator how a placed call stands. */
  poll: 'follow',
  /** Look for a call whose answer was lost in the operator's own records. */
  adopt: 'follow',
} as const

export type JobName = keyof typeof JOBS
export type QueueName = (typeof JOBS)[JobName]

const attempt = z.object({ verification: z.uuid(), attempt: z.uuid() })

export type JobPayload = z.infer<typeof attempt>

export type Job = { name: JobName; payload: JobPayload; delayMs?: number }

/** A worker has room for twice as many (`CONCURRENCY`): one bundle never fills it. As JSON it is 10 kB. */
export const BUNDLE_MAX = 100

/** What BullMQ keeps: jobs of one kind that are due together, as one of its own jobs. Ids only. */
export const bundle = z.object({ calls: z.array(attempt).min(1).max(BUNDLE_MAX) })

/** How many calls of a queue one worker process has under way. They wait for operators, not for the processor. */
export const CONCURRENCY: Record<QueueName, number> = { place: 200, follow: 200 }

/**
 * How many bundles of a queue a worker holds at a time. Each is done once its calls have begun, so more than one is held only
 * while calls must wait for room, and what waits here is kept from workers that have room.
 */
export const BUNDLES_AT_ONCE = 8

export const QUEUE_NAMES = [...new Set(Object.values(JOBS))]

/** Finished bundles leave at once; the last failed ones stay to be looked at. */
export const RETENTION = { removeOnComplete: true, removeOnFail: { count: 1000 } } as const
