import { Redis } from 'ioredis'
import postgres from 'postgres'
import { createLogger } from '../../src/process/log.ts'
import type { AttemptJob, AttemptJobName } from '../../src/queue/jobs.ts'
import { createQueue } from '../../src/queue/queue.ts'
import { waitFor } from '../setup/wait.ts'

export type QueueAddress = { databaseUrl: string; redisUrl?: string | undefined }

/** Empties the queue while workers run, including jobs in progress. */
export async function emptyQueue({ databaseUrl, redisUrl }: QueueAddress): Promise<void> {
  if (redisUrl) {
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: 3 })
    redis.on('error', () => {})
    try {
      await redis.flushall()
    } finally {
      redis.disconnect()
    }
    return
  }
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    await sql`delete from bullmq.job`
  } finally {
    await sql.end()
  }
}

const NAMES: AttemptJobName[] = ['place', 'poll', 'check', 'adopt', 'next']

/** Queues every kind of job for the attempts, `copies` times, whatever their status. */
export async function duplicateJobs(
  { databaseUrl, redisUrl }: QueueAddress,
  attempts: readonly { id: string; verificationId: string }[],
  copies = 2,
): Promise<void> {
  const config = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl }
  const jobs = attempts.flatMap(({ id, verificationId }): AttemptJob[] =>
    NAMES.map((name) => ({ name, payload: { verification: verificationId, attempt: id } })),
  )
  // One queue per copy: otherwise the copies share a bundle, which one worker processes.
  for (let i = 0; i < copies; i++) {
    const queue = createQueue(config, createLogger({ LOG_LEVEL: 'silent' }, 'test'))
    try {
      await waitFor(() => queue.ping().then(() => true), { what: 'the queue' })
      queue.enqueue(jobs)
    } finally {
      await queue.close()
    }
  }
}
