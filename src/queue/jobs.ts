import { z } from 'zod'

const attempt = z.object({ verification: z.uuid(), attempt: z.uuid() })

/**
 * Every job: its queue and the shape of its payload, which is ids only. A job is a wake-up call and may be lost,
 * doubled or late: what is to be done stands in PostgreSQL, so nothing here is retried.
 */
export const JOBS = {
  /** Claim a queued attempt and ask the operator for the call. */
  place: { queue: 'place', payload: attempt },
  /** Ask the operator how a placed call stands. */
  poll: { queue: 'follow', payload: attempt },
  /** Look for a call whose answer was lost in the operator's own records. */
  adopt: { queue: 'follow', payload: attempt },
} as const

export type JobName = keyof typeof JOBS
export type QueueName = (typeof JOBS)[JobName]['queue']

export type JobPayload = z.infer<typeof attempt>

export type Job = { name: JobName; payload: JobPayload; delayMs?: number }

/** How many jobs of a queue one worker process has under way. They wait for operators, not for the processor. */
export const CONCURRENCY: Record<QueueName, number> = { place: 200, follow: 200 }

export const QUEUE_NAMES = [...new Set(Object.values(JOBS).map((job) => job.queue))]

/** Finished jobs leave at once; the last failed ones stay to be looked at. */
export const RETENTION = { removeOnComplete: true, removeOnFail: { count: 1000 } } as const
