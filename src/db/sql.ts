import type { Pool, PoolClient } from 'pg'
import { type AnyRow, send } from './batch.ts'
import { SILENCE_MS } from './pool.ts'
import { List, prepare, type Run, Statement } from './statement.ts'

export type { Statement } from './statement.ts'

/**
 * SQL as a tagged template: values become parameters, statements become part of the text, and a list
 * (`sql(list)`) becomes `($1, $2, …)`. A statement is sent when it is awaited, prepared under a name derived
 * from its text; columns come back in camelCase.
 */
export type Tag = {
  <T extends readonly object[] = AnyRow[]>(text: TemplateStringsArray, ...values: unknown[]): Statement<T>
  (list: readonly unknown[]): List
  unsafe<T extends readonly object[] = AnyRow[]>(text: string, values?: unknown[]): Statement<T>
}

export type Tx = Tag
export type Transaction = Tx & {
  /**
   * Sends these statements and the commit in one packet. Resolves once committed; rejects, with nothing
   * committed, if any of them failed. Must be the last use of the transaction.
   */
  commit(last: readonly Statement<unknown>[]): Promise<void>
}

export type Sql = Tag & {
  /**
   * Runs `work` in a transaction, and commits it unless `work` already did. Statements awaited together are
   * sent together. If one fails, the transaction is rolled back, even if `work` ignored the error.
   */
  begin<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /**
   * `mode` as in SQL's BEGIN, e.g. `isolation level repeatable read read only`; such a transaction may run
   * for long.
   */
  begin<T>(mode: TransactionMode, work: (tx: Transaction) => Promise<T>): Promise<T>
}

type Work<T> = (tx: Transaction) => Promise<T>
export type TransactionMode = 'isolation level repeatable read read only'

export function tagFor(run: Run): Tag {
  const tag = (first: TemplateStringsArray | readonly unknown[], ...values: unknown[]) =>
    'raw' in first ? new Statement(run, first, values) : new List(first)
  const unsafe = (text: string, values: unknown[] = []) =>
    new Statement(() => run(prepare(text), values), [text], [])
  return Object.assign(tag, { unsafe }) as Tag
}

/** The same on one connection whose transaction the caller begins and ends. */
export function sqlOn(client: PoolClient): Tx {
  return tagFor((statement, values) => send(client, statement, values, { silenceMs: SILENCE_MS }))
}

const COMMIT = prepare('commit')
const ROLLBACK = prepare('rollback')

export function createSql(pool: Pool, silenceMs = SILENCE_MS): Sql {
  const runAlone: Run = async (statement, values) => {
    const client = await pool.connect()
    let failure: unknown = null
    try {
      return await send(client, statement, values, { silenceMs })
    } catch (error) {
      failure = error
      throw error
    } finally {
      client.release(isSpent(failure))
    }
  }

  async function begin<T>(...given: [Work<T>] | [TransactionMode, Work<T>]): Promise<T> {
    const [mode, work] = given.length === 2 ? given : (['', given[0]] as const)
    // A transaction with a mode may read for long.
    const patience = { silenceMs: mode ? 0 : silenceMs }
    const client = await pool.connect()
    let failure: unknown = null
    let over = false
    let last: Promise<unknown> = Promise.resolve()
    let committed: Promise<void> | null = null
    const run: Run = (statement, values) => {
      if (over) return Promise.reject(new Error('the transaction is over'))
      try {
        const sent = send(client, statement, values, patience)
        last = sent.catch((error) => {
          failure ??= error
        })
        return sent
      } catch (error) {
        failure ??= error
        throw error
      }
    }
    async function finish(statements: readonly Statement<unknown>[]): Promise<void> {
      if (failure) throw failure
      // A statement that cannot be sent throws here, before the commit is sent; those before it have a
      // handler.
      const sent = statements.map((statement) => {
        const answer = statement.then()
        answer.catch(() => {})
        return answer
      })
      sent.push(run(COMMIT, []))
      over = true
      await Promise.all(sent)
      // A statement that failed and was not awaited: the database answers the commit as if nothing had
      // happened.
      if (failure) throw failure
    }
    const commit = (statements: readonly Statement<unknown>[]) => {
      const finished = finish(statements)
      finished.catch(() => {})
      committed ??= finished
      return finished
    }
    let clean = false
    try {
      // Not awaited: it is sent together with the first statements.
      run(prepare(`begin ${mode}`.trim()), []).catch(() => {})
      const result = await work(Object.assign(tagFor(run), { commit }))
      // Including a commit that `work` did not await, or whose error it ignored.
      await (committed ?? finish([]))
      clean = true
      return result
    } catch (error) {
      over = true
      // Sent alone: among statements sent together, a failure skips those after it.
      await last
      clean = await send(client, ROLLBACK, [], patience).then(
        () => true,
        () => false,
      )
      throw error
    } finally {
      over = true
      client.release(!clean || isSpent(failure))
    }
  }

  return Object.assign(tagFor(runAlone), { begin })
}

/**
 * Whether to drop the connection: it is ending or lost, would stay read-only when the database no longer is,
 * or holds prepared statements from before a migration.
 */
function isSpent(error: unknown): boolean {
  if (!error) return false
  const { code, severity } = error as { code?: string; severity?: string }
  return (
    severity === undefined ||
    severity === 'FATAL' ||
    severity === 'PANIC' ||
    code === '0A000' ||
    code === '25006'
  )
}
