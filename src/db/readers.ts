import { drizzle } from 'drizzle-orm/node-postgres'
import type { Pool, PoolClient } from 'pg'
import { type Db, type DbOptions, poolConfig } from './client.ts'
import { type AnsweredError, createPool } from './pool.ts'
import * as schema from './schema/index.ts'
import { createSql } from './sql.ts'
import { createTurns, type Turns } from './turns.ts'

/** A quarter of the connections for everything else, and separate: a start never waits for reads. */
const CONNECTIONS = 4
/** The others stay free for another tenant. */
const CONNECTIONS_OF_ONE = 2
const WAITING_OF_ONE = 32
/** Together shorter than a request's time limit, so that the answer says what was slow. */
const PATIENCE_MS = 4_000
const STATEMENT_MS = 5_000
/**
 * One connection uses at most one processor: parallel workers would multiply a tenant's share. The memory is
 * for sums over a month or more.
 */
const SETTINGS =
  '-c default_transaction_read_only=on -c max_parallel_workers_per_gather=0 -c jit=off -c work_mem=16MB'
/** Tenants whose `ReadDb` is kept. */
const KEPT_MAX = 1000

/** A `Db` that cannot write. */
export type ReadDb = Pick<Db, 'sql' | 'orm'>

/**
 * Connections for lists, searches, exports, statements, summaries and statistics: reads of more than a few
 * rows that need not see the latest writes. Separate from the connections for everything else, with a share
 * for each tenant and a time limit for each statement; exceeding it is answered 503.
 */
export type Readers = {
  of(tenantId: string): ReadDb
  close(): Promise<void>
}

export function createReaders(
  url: string,
  { statementMs = STATEMENT_MS, ...options }: DbOptions & { statementMs?: number } = {},
): Readers {
  const config = poolConfig(url, { max: CONNECTIONS, ...options }, SETTINGS)
  const pool = createPool({ ...config, statement_timeout: statementMs }, { onError: mark })
  const turns = createTurns({
    most: CONNECTIONS,
    mostOfOne: CONNECTIONS_OF_ONE,
    waitingOfOne: WAITING_OF_ONE,
    patienceMs: PATIENCE_MS,
  })
  const kept = new Map<string, ReadDb>()
  return {
    of(tenantId) {
      const known = kept.get(tenantId)
      if (known) return known
      const own = takingTurns(pool, turns, tenantId)
      const db = { sql: createSql(own), orm: drizzle(own, { schema }) }
      if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value ?? '')
      kept.set(tenantId, db)
      return db
    },
    close: () => pool.end(),
  }
}

type Done = (error: Error | undefined, client?: PoolClient, release?: PoolClient['release']) => void

/** The same pool, which hands out connections when it is the holder's turn. */
function takingTurns(pool: Pool, turns: Turns, holder: string): Pool {
  async function connect(): Promise<PoolClient> {
    const end = await turns.take(holder)
    try {
      const client = await pool.connect()
      const release = client.release.bind(client)
      client.release = (error) => {
        release(error)
        end()
      }
      return client
    } catch (error) {
      end()
      throw error
    }
  }
  return Object.create(pool, {
    connect: {
      value(done?: Done): Promise<PoolClient> | undefined {
        const connected = connect()
        if (!done) return connected
        connected.then(
          (client) => done(undefined, client, client.release),
          (error) => done(error),
        )
        return undefined
      },
    },
  })
}

/** Whether an error means that a read exceeded its time limit. */
export function isSlowRead(error: unknown): boolean {
  return slow.has(error as AnsweredError)
}

const slow = new WeakSet<AnsweredError>()

function mark(error: AnsweredError): void {
  if (error.code === '57014') slow.add(error)
}
