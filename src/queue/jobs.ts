import { z } from 'zod'

/**
 * Each kind of job, and its queue. A job is only a wake-up call and may be lost, duplicated or late:
 * PostgreSQL knows what is to be done, so the queue retries nothing.
 */
export const JOBS = {
  /** Claim a queued attempt and have the operator place its call. */
  place: 'place',
  /** Query the operator for the status of a placed call. */
  poll: 'follow',
  /** The operator gave notice of an inbound call: query it at once. */
  check: 'follow',
  /** Search the operator's records for a call whose answer was lost. */
  adopt: 'follow',
  /** Begin the next step of a workflow. */
  next: 'follow',
  /** An endpoint has deliveries that are due. */
  deliver: 'deliver',
} as const

export type JobName = keyof typeof JOBS
export type QueueName = (typeof JOBS)[JobName]

const attempt = z.object({
  verification: z.uuid(),
  attempt: z.uuid(),
  /** The `traceparent` of what caused the job, while tracing is on. A broken one starts a new trace. */
  trace: z.string().max(60).optional().catch(undefined),
})

export type JobPayload = z.infer<typeof attempt>

const endpoint = z.object({ endpoint: z.uuid() })

export type EndpointPayload = z.infer<typeof endpoint>

/** The jobs about an attempt. */
export type AttemptJobName = Exclude<JobName, 'deliver'>

export type AttemptJob = { name: AttemptJobName; payload: JobPayload; delayMs?: number }

export type Job = AttemptJob | { name: 'deliver'; payload: EndpointPayload; delayMs?: number }

/**
 * A worker has room for twice as many (`CONCURRENCY`): one bundle never fills it. A full one is 10 kB of
 * JSON, 17 kB with traces.
 */
export const BUNDLE_MAX = 100

/** The payload of one BullMQ job: jobs of one kind that are due together. Ids only. */
export const bundle = z.object({ calls: z.array(attempt).min(1).max(BUNDLE_MAX) })

/** The same for `deliver`. */
export const endpointBundle = z.object({ calls: z.array(endpoint).min(1).max(BUNDLE_MAX) })

/**
 * Calls of a queue, or requests to receivers, in progress at a time in one worker process. They wait for others,
 * not for the CPU.
 */
export const CONCURRENCY: Record<QueueName, number> = { place: 200, follow: 200, deliver: 200 }

/**
 * Bundles of a queue that a worker holds at a time. A bundle is done once its calls have begun, so a worker
 * holds more than one only while calls wait for room; meanwhile workers with room cannot get them.
 */
export const BUNDLES_AT_ONCE = 8

export const QUEUE_NAMES = [...new Set(Object.values(JOBS))]

/** Finished bundles are removed at once; the last failed ones stay for inspection. */
export const RETENTION = { removeOnComplete: true, removeOnFail: { count: 1000 } } as const
