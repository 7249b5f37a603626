import type postgres from 'postgres'
import type { Stack } from '../setup/processes.ts'
import type { CrashingDatabase } from './database.ts'
import { duplicateJobs, emptyQueue } from './queue.ts'

/** The worker that is killed, or frozen while a test prepares. */
export const WORKER = 'worker-1'

type World = { stack: Stack; database: CrashingDatabase; sql: postgres.Sql }

/** What may happen while attempts are open; the queue is in PostgreSQL. */
export const MISHAPS: Record<string, (world: World) => Promise<void>> = {
  'the worker is killed': async ({ stack }) => {
    await stack.kill(WORKER)
    await stack.restart(WORKER)
  },
  'the queue is emptied': ({ database }) => emptyQueue({ databaseUrl: database.url }),
  'jobs come again': async ({ database, sql }) => {
    const open = await sql<{ id: string; verificationId: string }[]>`
      select id, verification_id as "verificationId" from attempts where ended_at is null`
    await duplicateJobs({ databaseUrl: database.url }, [...open])
  },
  'PostgreSQL crashes': ({ database }) => database.crash(),
}
