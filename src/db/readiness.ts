import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue } from '../queue/queue.ts'
import type { Db } from './client.ts'

/** How long an answer may take, in milliseconds. */
export const PATIENCE_MS = 1000
/** How long the database counts as down after it refused to write. */
const REFUSED_MS = 3000

export type Dependency = 'database' | 'queue'

export type Readiness = {
  /** What does not answer within a second of all that a request needs. */
  whatIsDown(): Promise<Dependency[]>
  /** The database has just refused to write. */
  writeRefused(): void
  close(): Promise<void>
}

/** `db` is a connection of its own, closed with it: however busy the others are, the database is not down. */
export function createReadiness(db: Db, queue: Pick<Queue, 'ping'>): Readiness {
  let refusedAt: number | null = null
  let asking: Promise<Dependency[]> | null = null

  /** Rejects as a write would where nothing can be written. */
  async function tryDatabase(): Promise<void> {
    await db.sql`do $$ begin
      if current_setting('transaction_read_only')::bool then raise exception 'read-only' using errcode = '25006'; end if;
    end $$`
    if (refusedAt === null) return
    if (performance.now() - refusedAt < REFUSED_MS) throw new Error('the database does not write')
    await takeRoom()
    refusedAt = null
  }

  /** Only new files show that there is room on the disk: tables that are there may have some inside. */
  async function takeRoom(): Promise<void> {
    const taken = db.sql.begin(
      (tx) => tx`
      create temporary table room on commit drop as select repeat('x', 1000) from generate_series(1, 100)`,
    )
    await taken.catch((error: { code?: string }) => {
      // A role that may not make temporary tables: the next refusal tells.
      if (error.code !== '42501') throw error
    })
  }

  async function ask(): Promise<Dependency[]> {
    const [database, jobs] = await Promise.all([answers(tryDatabase()), answers(queue.ping())])
    return [...(database ? [] : ['database' as const]), ...(jobs ? [] : ['queue' as const])]
  }

  return {
    // Simultaneous callers share one check.
    whatIsDown() {
      asking ??= ask().finally(() => {
        asking = null
      })
      return asking
    },
    writeRefused() {
      refusedAt = performance.now()
    },
    close: () => db.close(),
  }
}

async function answers(question: Promise<unknown>): Promise<boolean> {
  const patience = new AbortController()
  const answered = question.then(
    () => true,
    () => false,
  )
  const late = sleep(PATIENCE_MS, false, { signal: patience.signal }).catch(() => false)
  const result = await Promise.race([answered, late])
  patience.abort()
  return result
}
