import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as schema from './schema/index.ts'

export type Sql = postgres.Sql<{ bigint: bigint }>
export type Tx = postgres.TransactionSql<{ bigint: bigint }>

export type Db = {
  /** For statements whose text matters: the hot path, locks, groups. */
  sql: Sql
  /** For plain reads and writes of single tables. */
  orm: PostgresJsDatabase<typeof schema>
  close(): Promise<void>
}

export type DbOptions = {
  /** Connections at most. */
  max?: number
  /** Name of the process in pg_stat_activity. */
  name?: string
}

const DATE_TYPES = [1082, 1114, 1184]
/** Their arrays. */
const DATE_ARRAY_TYPES = [1182, 1115, 1185]

/** Opens a pool. Connects on first use, and again by itself after an outage. */
export function openDb(url: string, options: DbOptions = {}): Db {
  const sql = postgres(url, {
    max: options.max ?? 10,
    types: { bigint: postgres.BigInt },
    connect_timeout: 3,
    // The default waits ever longer; after an outage all should go on at once.
    backoff: () => 0.2,
    connection: {
      application_name: options.name ?? 'ringproof',
      statement_timeout: 10_000,
      idle_in_transaction_session_timeout: 15_000,
      lock_timeout: 8_000,
    },
    transform: { column: { from: postgres.toCamel } },
    onnotice: () => {},
  })
  const { parsers, serializers } = sql.options
  const dates = DATE_TYPES.map((type) => ({ type, parse: parsers[type], serialize: serializers[type] }))
  const orm = drizzle(sql, { schema })
  // Drizzle turns the client's handling of dates off for itself; our own statements want dates, and it accepts them.
  for (const { type, parse, serialize } of dates) {
    if (parse) parsers[type] = parse
    if (serialize) serializers[type] = serialize
  }
  // The client makes parsers of arrays when it connects, and only where there is none.
  for (const type of DATE_ARRAY_TYPES) {
    delete parsers[type]
    delete serializers[type]
  }
  return { sql: sql as unknown as Sql, orm, close: () => sql.end({ timeout: 5 }) }
}

/** True where the database itself is out of reach (not: where it refused a statement). */
export function isOutage(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return (
    typeof code === 'string' &&
    (OUTAGE_CODES.has(code) || code.startsWith('57P') || code.startsWith('08') || code === '53300')
  )
}

const OUTAGE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
])

/** The name of the violated constraint, or null for any other error. */
export function violatedConstraint(error: unknown): string | null {
  const { code, constraint_name } = (error ?? {}) as { code?: string; constraint_name?: string }
  return code === '23505' || code === '23503' || code === '23514' ? (constraint_name ?? '') : null
}
