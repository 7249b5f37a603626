import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import type { Pool, PoolClient } from 'pg'
import { TYPES } from './types.ts'

// biome-ignore lint/suspicious/noExplicitAny: rows of a statement whose caller did not say what they are
type AnyRow = Record<string, any>
export type Rows<T> = T & { count: number }

/**
 * SQL as a tagged template: values become parameters, statements become part of the text, and a list (`sql(list)`)
 * becomes `($1, $2, …)`. A statement is sent when it is awaited, prepared under a name made from its text; columns
 * come back in camelCase.
 */
export type Tag = {
  <T extends readonly object[] = AnyRow[]>(text: TemplateStringsArray, ...values: unknown[]): Statement<T>
  (list: readonly unknown[]): List
  unsafe<T extends readonly object[] = AnyRow[]>(text: string, values?: unknown[]): Statement<T>
}

export type Tx = Tag
export type Sql = Tag & {
  /**
   * Runs `work` in a transaction. Statements that are awaited together are sent together. When one fails the
   * transaction is rolled back, even where `work` did not mind.
   */
  begin<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** `mode` as in SQL's BEGIN, e.g. `isolation level repeatable read read only`. */
  begin<T>(mode: TransactionMode, work: (tx: Tx) => Promise<T>): Promise<T>
}

type Work<T> = (tx: Tx) => Promise<T>
export type TransactionMode = 'isolation level repeatable read read only'

type Run = (text: string, values: unknown[]) => Promise<Rows<AnyRow[]>>

class List {
  readonly items: readonly unknown[]
  constructor(items: readonly unknown[]) {
    this.items = items
  }
}

/** Sent once, when it is first awaited. */
export class Statement<T> implements Promise<Rows<T>> {
  readonly [Symbol.toStringTag] = 'Statement'
  readonly strings: readonly string[]
  readonly values: readonly unknown[]
  readonly #run: Run
  #sent: Promise<Rows<T>> | null = null

  constructor(run: Run, strings: readonly string[], values: readonly unknown[]) {
    this.#run = run
    this.strings = strings
    this.values = values
  }

  #send(): Promise<Rows<T>> {
    const values: unknown[] = []
    this.#sent ??= this.#run(render(this, values), values) as unknown as Promise<Rows<T>>
    return this.#sent
  }

  // biome-ignore lint/suspicious/noThenProperty: a statement is awaited, that is what it is for
  then<A = Rows<T>, B = never>(
    onDone?: ((rows: Rows<T>) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#send().then(onDone, onError)
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<Rows<T> | B> {
    return this.#send().catch(onError)
  }

  finally(onSettled?: (() => void) | null): Promise<Rows<T>> {
    return this.#send().finally(onSettled)
  }
}

function render({ strings, values }: Statement<unknown>, parameters: unknown[]): string {
  let text = strings[0] ?? ''
  for (const [i, value] of values.entries()) {
    if (value instanceof Statement) text += render(value, parameters)
    else if (value instanceof List)
      text += `(${value.items.map((item) => place(item, parameters)).join(', ')})`
    else text += place(value, parameters)
    text += strings[i + 1]
  }
  return text
}

function place(value: unknown, parameters: unknown[]): string {
  if (value === undefined) throw new TypeError('undefined is no value for PostgreSQL')
  return `$${parameters.push(value)}`
}

function tagFor(run: Run): Tag {
  const tag = (first: TemplateStringsArray | readonly unknown[], ...values: unknown[]) =>
    'raw' in first ? new Statement(run, first, values) : new List(first)
  const unsafe = (text: string, values: unknown[] = []) => new Statement(() => run(text, values), [text], [])
  return Object.assign(tag, { unsafe }) as Tag
}

/** The same on one connection that somebody else has begun a transaction on, and ends. */
export function sqlOn(client: PoolClient): Tx {
  return tagFor((text, values) => send(client, text, values))
}

export function createSql(pool: Pool): Sql {
  const alone: Run = async (text, values) => {
    const client = await pool.connect()
    let failure: unknown = null
    try {
      return await send(client, text, values)
    } catch (error) {
      failure = error
      throw error
    } finally {
      client.release(isSpent(failure))
    }
  }

  async function begin<T>(...given: [Work<T>] | [TransactionMode, Work<T>]): Promise<T> {
    const [mode, work] = given.length === 2 ? given : (['', given[0]] as const)
    const client = await pool.connect()
    let failure: unknown = null
    let over = false
    const run: Run = (text, values) => {
      if (over) return Promise.reject(new Error('the transaction is over'))
      const sent = send(client, text, values)
      sent.catch((error) => {
        failure ??= error
      })
      return sent
    }
    let clean = false
    try {
      // Not waited for: it goes out together with the first statements.
      run(`begin ${mode}`.trim(), []).catch(() => {})
      const result = await work(tagFor(run))
      if (failure) throw failure
      await run('commit', [])
      clean = true
      return result
    } catch (error) {
      over = true
      clean = await client.query('rollback').then(
        () => true,
        () => false,
      )
      throw error
    } finally {
      over = true
      client.release(!clean || isSpent(failure))
    }
  }

  return Object.assign(tagFor(alone), { begin })
}

const names = new Map<string, string>()

function nameOf(text: string): string {
  const known = names.get(text)
  if (known) return known
  const name = createHash('sha256').update(text).digest('hex').slice(0, 24)
  if (names.size < 1000) names.set(text, name)
  return name
}

const camel = new Map<string, string>()

function toCamel(column: string): string {
  const known = camel.get(column)
  if (known) return known
  const name = column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  camel.set(column, name)
  return name
}

/** What is sent until the next tick leaves in one packet. */
function gather(client: PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}

async function send(client: PoolClient, text: string, values: unknown[]): Promise<Rows<AnyRow[]>> {
  gather(client)
  const result = await client.query({ name: nameOf(text), text, values, rowMode: 'array', types: TYPES })
  const columns = result.fields.map((field) => toCamel(field.name))
  const rows = (result.rows as unknown[][]).map((row) => {
    const record: AnyRow = {}
    for (let i = 0; i < columns.length; i++) record[columns[i] as string] = row[i]
    return record
  })
  return Object.defineProperty(rows, 'count', { value: result.rowCount ?? 0 }) as Rows<AnyRow[]>
}

/** A connection that is ending or lost; or, after a migration, one whose prepared statements are out of date. */
function isSpent(error: unknown): boolean {
  if (!error) return false
  const { code, severity } = error as { code?: string; severity?: string }
  return severity === undefined || severity === 'FATAL' || severity === 'PANIC' || code === '0A000'
}
