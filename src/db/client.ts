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

/** Statements of our own in a transaction of the ORM. */
export function sqlOf(tx: OrmTx): Tx {
  // Drizzle keeps the connection to itself; a test sees to it that it is still there.
  return sqlOn((tx as unknown as { _: { session: { client: PoolClient } } })._.session.client)
}

export type DbOptions = {
  /** Connections at most. */
  max?: number
  /** Name of the process in pg_stat_activity. */
  name?: string
  /** How long a connection may say nothing while it is waited for, in milliseconds; 0: as long as it likes. */
  silenceMs?: number
  /** Is told that PostgreSQL refused to write: its disk is full, or it only lets itself be read. */
  onRefusedWrite?: () => void
}

/** Opens a pool. Connects on first use, and again by itself after an outage. */
export function openDb(url: string, options: DbOptions = {}): Db {
  const { silenceMs, onRefusedWrite } = options
  const onError = ({ code = '' }: AnsweredError) => {
    if (REFUSED_WRITE_CODES.has(code)) onRefusedWrite?.()
  }
  const pool = createPool(poolConfig(url, options), { silenceMs, onError })
  return { sql: createSql(pool, silenceMs), orm: createOrm(pool), close: () => pool.end() }
}

/** What every pool has in common. `settings`: of its sessions, as `-c name=value`. */
export function poolConfig(
  url: string,
  { max = 10, name = 'ringproof' }: DbOptions,
  settings = '',
): PoolConfig {
  return {
    connectionString: withSettings(url, `-c synchronous_commit=on ${settings}`),
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
  // Drizzle's own never gives a connection back on which `begin` failed.
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
 * The URL with start parameters more. What is committed is on disk, whatever the database's or the role's default: a `placing`
 * that a crash of PostgreSQL took back would be called a second time.
 */
function withSettings(url: string, settings: string): string {
  const { searchParams } = new URL(url)
  const options = `${searchParams.get('options') ?? ''} ${settings}`.trim()
  // Of a parameter that is there twice the client takes the last; so nothing else of the URL is touched.
  return `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(options)}`
}

/** Disk full, read-only (a standby, or a provider's reaction to a full disk). */
const REFUSED_WRITE_CODES = new Set(['53100', '25006'])

/** Shutting down or starting, no connection, no resources, read-only, failed I/O: classes and codes of PostgreSQL's appendix A. */
const OUTAGES = /^(57P|08|53|25006|58)/

/** True where the database itself is out of reach or can do nothing (not: where it refused a statement). */
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
