import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Pool, PoolClient, PoolConfig } from 'pg'
import { withoutQuery } from '../process/without-query.ts'
import { type AnsweredError, CONNECTION_LOST, createPool } from './pool.ts'
import * as schema from './schema/index.ts'
import { createSql, type Sql, sqlOn, type Tx } from './sql.ts'

export type { Sql, Tx } from './sql.ts'

export type Db = {
  /** For statements whose text matters: the hot path, locks, groups. */
  sql: Sql
  /** For plain reads and writes of single tables. */
  orm: NodePgDatabase<typeof schema>
  close(): Promise<void>
}

/** A transaction of `Db.orm`. */
export type OrmTx = Parameters<Parameters<Db['orm']['transaction']>[0]>[0]

/** Our own SQL within a transaction of the ORM. */
export function sqlOf(tx: OrmTx): Tx {
  // Drizzle hides the connection; a test checks that it is still found here.
  return sqlOn((tx as unknown as { _: { session: { client: PoolClient } } })._.session.client)
}

export type DbOptions = {
  /** The maximum number of connections. */
  max?: number
  /** Name of the process in pg_stat_activity. */
  name?: string
  /** How long a connection may stay silent while a query waits, in milliseconds; 0: no limit. */
  silenceMs?: number
  /** Called when PostgreSQL refuses a write: its disk is full, or it is read-only. */
  onRefusedWrite?: () => void
}

/** Opens a pool. Connects on first use, and reconnects after an outage. */
export function openDb(url: string, options: DbOptions = {}): Db {
  const { silenceMs, onRefusedWrite } = options
  const onError = ({ code = '' }: AnsweredError) => {
    if (REFUSED_WRITE_CODES.has(code)) onRefusedWrite?.()
  }
  const pool = createPool(poolConfig(url, options), { silenceMs, onError })
  return { sql: createSql(pool, silenceMs), orm: createOrm(pool), close: () => pool.end() }
}

/**
 * A plan is kept for as long as a connection lives. One made while a month's partition was empty would read it whole when
 * the month is full; who reads a whole table says so.
 */
const SESSION = '-c synchronous_commit=on -c enable_seqscan=off'

/** The configuration common to every pool. `settings`: session settings, as `-c name=value`. */
export function poolConfig(
  url: string,
  { max = 10, name = 'ringproof' }: DbOptions,
  settings = '',
): PoolConfig {
  return {
    connectionString: withSettings(url, `${SESSION} ${settings}`),
    max,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 3000,
    keepAlive: true,
    application_name: name,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 15_000,
    lock_timeout: 8_000,
  }
}

function createOrm(pool: Pool): Db['orm'] {
  const orm = drizzle(pool, { schema })
  // Drizzle's own never returns a connection whose `begin` failed.
  orm.transaction = async (work, config) => {
    const client = await pool.connect()
    try {
      return await drizzle(client, { schema }).transaction(work, config)
    } finally {
      client.release()
    }
  }
  return orm
}

/**
 * The URL with additional session settings. Commits reach the disk whatever the database's or the role's
 * default: if a crash of PostgreSQL undid a `placing`, the phone would be called a second time.
 */
function withSettings(url: string, settings: string): string {
  const { searchParams } = new URL(url)
  const options = `${searchParams.get('options') ?? ''} ${settings}`.trim()
  // Of a repeated parameter the client takes the last, so the rest of the URL stays untouched.
  return `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(options)}`
}

/** Disk full, read-only (a standby, or a provider's reaction to a full disk). */
const REFUSED_WRITE_CODES = new Set(['53100', '25006'])

/**
 * Shutting down or starting, no connection, out of resources, read-only, failed I/O: classes and codes from
 * PostgreSQL's appendix A.
 */
const OUTAGES = /^(57P|08|53|25006|58)/

/** True if the database itself is unreachable or out of order; false if it refused one statement. */
export function isOutage(error: unknown): boolean {
  const code = (withoutQuery(error) as { code?: unknown } | null)?.code
  return typeof code === 'string' && (UNREACHABLE_CODES.has(code) || OUTAGES.test(code))
}

const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  CONNECTION_LOST,
])

/** The name of the violated constraint, or null for any other error. */
export function violatedConstraint(error: unknown): string | null {
  const { code, constraint } = (withoutQuery(error) ?? {}) as { code?: string; constraint?: string }
  return code === '23505' || code === '23503' || code === '23514' ? (constraint ?? '') : null
}
