import { channel } from 'node:diagnostics_channel'
import { connect, type Socket } from 'node:net'
import pg from 'pg'
import postgres from 'postgres'
import { toWire } from './batch.ts'
import { type DbOptions, poolConfig } from './client.ts'
import { CONNECTION_LOST } from './pool.ts'

/** Rows hold each value as PostgreSQL wrote it, in UTF-8, in the order of the columns. */
export type Answer = {
  columns: readonly { name: string; type: number }[]
  rows: readonly (readonly (Buffer | null)[])[]
}

export type ReadClient = {
  /**
   * Runs one statement. Rejects with the database's error, or with an error that has a code if the server
   * cannot be reached or does not answer in time.
   */
  run(text: string, values: readonly unknown[]): Promise<Answer>
  close(): Promise<void>
}

export type ReadClientOptions = Required<Pick<DbOptions, 'max' | 'name'>> & {
  /** The time limit of a statement, in milliseconds. */
  statementMs: number
  /** Session settings, as `-c name=value`. */
  settings: string
  /** Whether each connection keeps the statements it ran. For few texts, as nothing removes them. */
  prepare: boolean
}

/** What PostgreSQL tells these connections beside its answers, e.g. plans if `auto_explain` sends them. */
export const READ_NOTICES = 'ringproof:read-notices'
const notices = channel(READ_NOTICES)

/** Types that postgres.js would convert once it knows a prepared statement: our text `true` would become false. */
const AS_TEXT = {
  to: pg.types.builtins.JSON,
  from: ['JSON', 'JSONB', 'BOOL', 'DATE', 'TIMESTAMP', 'TIMESTAMPTZ', 'BYTEA'].map(
    (name) => pg.types.builtins[name as 'JSON'],
  ),
  serialize: (text: string) => text,
  parse: (text: string) => text,
}

/** What connecting may add to a statement's time. */
const CONNECT_MS = 3000

type Types = { text: postgres.PostgresType<string> }
type Client = postgres.Sql<{ text: string }>

/**
 * Connections that read, by postgres.js, which connects on first use and reconnects by itself. No
 * transactions: after a lost connection, its `begin` can go on outside of them (see `docs/architecture.md`).
 * A prepared statement that a migration breaks is prepared again by the client.
 */
export function openReadClient(url: string, options: ReadClientOptions): ReadClient {
  const open = () => createClient(url, options)
  let client = open()
  /** A server that vanished answers nothing: all connections are given up, and the next read opens new ones. */
  function giveUp(silent: Client): void {
    if (client !== silent) return
    client = open()
    silent.end({ timeout: 0 }).catch(() => {})
  }
  return {
    async run(text, values) {
      const parameters = values.map(toText)
      const used = client
      const watchdog = setTimeout(giveUp, options.statementMs + CONNECT_MS, used)
      try {
        // Parameters as text and rows as bytes: values are read and written in one way, ours (`types.ts`).
        const query = Object.assign(used(stringsOf(text)), { parameters }).raw()
        const rows = (await query) as unknown as Answer['rows'] & Pick<Answer, 'columns'>
        return { columns: rows.columns, rows }
      } catch (error) {
        throw coded(error)
      } finally {
        clearTimeout(watchdog)
      }
    },
    // Reads in progress may finish.
    close: () => client.end({ timeout: 2 }),
  }
}

function createClient(url: string, options: ReadClientOptions): Client {
  const { max, name, statementMs, settings, prepare } = options
  const config = { ...poolConfig(url, { max, name }, settings), statement_timeout: statementMs }
  // Both drivers read URLs differently; DATABASE_READ_URL means what DATABASE_URL means.
  const given = new pg.Client(config) as pg.Client & { connectionParameters: { options: string } }
  const { host, port, user, password, database, ssl } = given
  return postgres<Types>({
    host,
    port,
    socket: () => socketTo(host, port),
    user: user ?? '',
    pass: password ?? '',
    database: database ?? '',
    ssl: sslOf(ssl, host),
    max,
    connect_timeout: CONNECT_MS / 1000,
    max_lifetime: null,
    backoff: () => 0,
    prepare,
    fetch_types: false,
    types: { text: AS_TEXT },
    onnotice: (notice: object) => notices.publish(notice),
    connection: {
      application_name: name,
      options: given.connectionParameters.options,
      statement_timeout: statementMs,
      lock_timeout: config.lock_timeout,
    },
  } as postgres.Options<Types>)
}

/**
 * A socket on which the other side's end is an error: postgres.js would connect again without a pause while,
 * say, a proxy closes each connection because the replica behind it is down.
 */
function socketTo(host: string, port: number): Socket {
  const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port })
  socket.once('end', () => {
    socket.destroy(Object.assign(new Error('PostgreSQL closed the connection'), { code: CONNECTION_LOST }))
  })
  // The name that TLS checks.
  return Object.assign(socket, { host, port })
}

/** With the host that the certificate must name: for an address, TLS would expect `localhost`. */
function sslOf(ssl: boolean | { key?: unknown }, host: string): false | object {
  if (!ssl) return false
  if (ssl === true) return { host }
  // `pg` hides the key from a copy.
  return { ...ssl, ...(ssl.key !== undefined && { key: ssl.key }), host }
}

function toText(value: unknown): string | null {
  const wire = toWire(value)
  return Buffer.isBuffer(wire) ? `\\x${wire.toString('hex')}` : wire
}

const texts = new Map<string, TemplateStringsArray>()
const TEXTS_MAX = 2000

/** postgres.js keeps the strings of each statement that failed for good: the same object for the same text. */
function stringsOf(text: string): TemplateStringsArray {
  const known = texts.get(text)
  if (known) return known
  const strings = Object.assign([text], { raw: [text] })
  if (texts.size >= TEXTS_MAX) texts.delete(texts.keys().next().value ?? '')
  texts.set(text, strings)
  return strings
}

const LOST = /^CONNECT(ION_CLOSED|ION_ENDED|ION_DESTROYED|_TIMEOUT)$/

/** The client's own errors of lost connections, with the code that `isOutage` knows. */
function coded(error: unknown): unknown {
  const { code } = error as { code?: unknown }
  if (error instanceof Error && typeof code === 'string' && LOST.test(code)) {
    return Object.assign(error, { code: CONNECTION_LOST })
  }
  return error
}
