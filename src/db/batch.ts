import type { Socket } from 'node:net'
import type { PoolClient, Submittable } from 'pg'
import { named } from './pool.ts'
import { TYPES } from './types.ts'

// biome-ignore lint/suspicious/noExplicitAny: rows of a statement whose caller did not type them
export type AnyRow = Record<string, any>
export type Rows<T> = T & { count: number }

/** A statement's text, and the name under which connections prepare it: same text, same name. */
export type Prepared = { text: string; name: string }

type Wire = string | Buffer | null
type Column = { key: string; parse(text: string): unknown }
type Columns = readonly Column[]

type Request = Prepared & {
  silenceMs: number
  values: readonly Wire[]
  /** As an earlier answer on this connection described them; null without one. */
  columns: Columns | null
  rows: AnyRow[]
  resolve(rows: Rows<AnyRow[]>): void
  reject(error: unknown): void
}

/** The part of the client's connection used here: messages of PostgreSQL's extended query protocol. */
type Connection = {
  stream: Pick<Socket, 'cork' | 'uncork' | 'setTimeout'>
  close(message: { type: 'S'; name: string }): void
  parse(message: Prepared & { types: [] }): void
  bind(message: { statement: string; values: readonly Wire[] }): void
  describe(message: { type: 'P' }): void
  execute(message: object): void
  sync(): void
}

/** How long a connection may stay silent while a query waits, in milliseconds; 0: no limit. */
type Patience = { silenceMs: number }

type Line = { waiting: Request[]; busy: boolean; scheduled: boolean }

const lines = new WeakMap<PoolClient, Line>()
/** Statements prepared on each connection (those answered once), with their columns. */
const prepared = new WeakMap<Connection, Map<string, Columns>>()

/**
 * Runs a statement on a connection. Statements of one tick, or queued while a batch is in progress, leave in
 * one packet with one Sync: if one fails, all reject. Rejects with the database's error, or with an error
 * that has a code if the connection is lost. Throws at once, and sends nothing, for a value that PostgreSQL
 * has no form for. A connection that is silent for too long counts as lost.
 */
export function send(
  client: PoolClient,
  { text, name }: Prepared,
  values: readonly unknown[],
  { silenceMs }: Patience,
): Promise<Rows<AnyRow[]>> {
  const request = { text, name, values: values.map(toWire), columns: null, rows: [], silenceMs }
  let line = lines.get(client)
  if (!line) {
    line = { waiting: [], busy: false, scheduled: false }
    lines.set(client, line)
  }
  const { waiting } = line
  const answer = new Promise<Rows<AnyRow[]>>((resolve, reject) => {
    waiting.push({ ...request, resolve, reject })
  })
  schedule(client, line)
  return answer
}

function schedule(client: PoolClient, line: Line): void {
  if (line.scheduled || line.busy || line.waiting.length === 0) return
  line.scheduled = true
  process.nextTick(() => {
    line.scheduled = false
    line.busy = true
    const batch = new Batch(line.waiting, () => {
      line.busy = false
      schedule(client, line)
    })
    line.waiting = []
    client.query(batch as unknown as Submittable)
  })
}

/**
 * Statements followed by one Sync, as one query of the client, which passes it every message that answers
 * them.
 */
class Batch {
  readonly #requests: readonly Request[]
  readonly #onDone: () => void
  #known: Map<string, Columns> = new Map()
  #answered = 0
  #counts: number[] = []

  constructor(requests: readonly Request[], onDone: () => void) {
    this.#requests = requests
    this.#onDone = onDone
  }

  submit(connection: Connection): null {
    const { stream } = connection
    this.#known = prepared.get(connection) ?? startTracking(connection)
    stream.setTimeout(this.#requests[0]?.silenceMs ?? 0)
    stream.cork()
    for (const request of this.#requests) this.#write(connection, request)
    connection.sync()
    stream.uncork()
    return null
  }

  #write(connection: Connection, request: Request): void {
    const { name, text, values } = request
    request.columns = this.#known.get(name) ?? null
    if (!request.columns) {
      // It may have been prepared and then failed. Closing a statement that does not exist is not an error.
      connection.close({ type: 'S', name })
      connection.parse({ name, text, types: [] })
    }
    connection.bind({ statement: name, values })
    if (!request.columns) connection.describe({ type: 'P' })
    connection.execute({})
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    const request = this.#requests[this.#answered]
    if (!request) return
    request.columns = fields.map(({ name, dataTypeID }) => ({
      key: toCamel(name),
      parse: TYPES.getTypeParser(dataTypeID, 'text'),
    }))
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const { columns, rows } = this.#requests[this.#answered] as Request
    if (!columns) return
    const row: AnyRow = {}
    for (let i = 0; i < columns.length; i++) {
      const { key, parse } = columns[i] as Column
      const text = fields[i] as string | null
      row[key] = text === null ? null : parse(text)
    }
    rows.push(row)
  }

  handleCommandComplete({ text }: { text: string }): void {
    const request = this.#requests[this.#answered++]
    if (!request) return
    this.#known.set(request.name, request.columns ?? [])
    this.#counts.push(Number(/(\d+)$/.exec(text)?.[1] ?? 0))
  }

  /** The database's error, or a lost connection, which the client reports twice. */
  handleError(error: unknown, { stream }: Connection): void {
    stream.setTimeout(0)
    // Prepare it again next time: a migration may have changed what it returns.
    this.#known.delete(this.#requests[this.#answered]?.name ?? '')
    // Reject those already answered too: a statement outside a transaction commits after its answer, and that
    // may have failed.
    for (const { reject } of this.#requests) reject(named(error))
    this.#onDone()
  }

  handleReadyForQuery({ stream }: Connection): void {
    stream.setTimeout(0)
    for (const [i, { rows, resolve }] of this.#requests.entries()) {
      resolve(Object.defineProperty(rows, 'count', { value: this.#counts[i] ?? 0 }) as Rows<AnyRow[]>)
    }
    this.#onDone()
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' })
  }

  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}

function startTracking(connection: Connection): Map<string, Columns> {
  const known = new Map<string, Columns>()
  prepared.set(connection, known)
  return known
}

/**
 * A value as PostgreSQL reads it: bytes as bytes, lists as arrays, objects as JSON, everything else as text.
 */
export function toWire(value: unknown): Wire {
  if (typeof value === 'string') return value
  if (value === null) return null
  if (value === undefined) throw new TypeError('PostgreSQL has no value for undefined')
  if (Buffer.isBuffer(value)) return value
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return toArray(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function toArray(list: readonly unknown[]): string {
  const items = list.map((item) => {
    if (Array.isArray(item)) return toArray(item)
    const wire = Buffer.isBuffer(item) ? `\\x${item.toString('hex')}` : toWire(item)
    return wire === null ? 'NULL' : `"${String(wire).replace(/["\\]/g, '\\$&')}"`
  })
  return `{${items.join(',')}}`
}

export function toCamel(column: string): string {
  return column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
