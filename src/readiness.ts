import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from './context.ts'

const PATIENCE_MS = 1000

export type Dependency = 'database' | 'queue'

/** What does not answer within a second of all that a request needs. */
export async function whatIsDown({ db, queue }: Pick<App, 'db' | 'queue'>): Promise<Dependency[]> {
  const [database, jobs] = await Promise.all([answers(db.sql`select 1`), answers(queue.ping())])
  return [...(database ? [] : ['database' as const]), ...(jobs ? [] : ['queue' as const])]
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
