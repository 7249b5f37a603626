import { setTimeout as sleep } from 'node:timers/promises'
import type { Queue } from '../queue/queue.ts'
import type { Db } from './client.ts'

/** How long a dependency may take to answer, in milliseconds. */
export const PATIENCE_MS = 1000
/** How long the database counts as down after refusing a write. */
const REFUSED_MS = 3000

export type Dependency = 'database' | 'queue'

export type Readiness = {
  /** The dependencies of requests that do not answer within a second. */
  whatIsDown(): Promise<Dependency[]>
  /** Call it when the database has refused a write. */
  writeRefused(): void
  close(): Promise<void>
}

/**
 * `db` has its own connection, which `close` closes: busy connections elsewhere do not make the database look
 * down.
 */
export function createReadiness(db: Db, queue: Pick<Queue, 'ping'>): Readiness {
  let refusedAt: number | null = null
  let checking: Promise<Dependency[]> | null = null

  /** Rejects if a write would be refused. */
  async function tryDatabase(): Promise<void> {
    await db.sql`do $$ begin
      if current_setting('transaction_read_only')::bool then raise exception 'read-only' using errcode = '25006'; end if;
    end $$`
    if (refusedAt === null) return
    if (performance.now() - refusedAt < REFUSED_MS) throw new Error('the database refuses writes')
    await tryDisk()
    refusedAt = null
  }

  /** Creates new files to see if the disk has room: existing tables may have room inside. */
  async function tryDisk(): Promise<void> {
    const created = db.sql.begin(
      (tx) => tx`
      create temporary table room on commit drop as select repeat('x', 1000) from generate_series(1, 100)`,
    )
    await created.catch((error: { code?: string }) => {
      // The role may not create temporary tables: the next refused write will show.
      if (error.code !== '42501') throw error
    })
  }

  async function check(): Promise<Dependency[]> {
    const [database, jobs] = await Promise.all([answers(tryDatabase()), answers(queue.ping())])
    return [...(database ? [] : ['database' as const]), ...(jobs ? [] : ['queue' as const])]
  }

  return {
    // Simultaneous callers share one check.
    whatIsDown() {
      checking ??= check().finally(() => {
        checking = null
      })
      return checking
    },
    writeRefused() {
      refusedAt = performance.now()
    },
    close: () => db.close(),
  }
}

async function answers(answer: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController()
  const answered = answer.then(
    () => true,
    () => false,
  )
  const late = sleep(PATIENCE_MS, false, { signal: timer.signal }).catch(() => false)
  const result = await Promise.race([answered, late])
  timer.abort()
  return result
}
