import { drizzle, type PgRemoteDatabase } from 'drizzle-orm/pg-proxy'
import { type AnyRow, type Rows, toCamel } from './batch.ts'
import type { DbOptions } from './client.ts'
import { openReadClient, type ReadClient } from './read-client.ts'
import { markFailure } from './read-failures.ts'
import * as schema from './schema/index.ts'
import { type Tag, tagFor } from './sql.ts'
import { createTurns } from './turns.ts'
import { ORM_TYPES, TYPES } from './types.ts'

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
/** How many rows a search finds depends on its values, so it is planned for them. */
const FOR_VALUES = '-c plan_cache_mode=force_custom_plan'
const FOR_ANY_VALUES = '-c plan_cache_mode=force_generic_plan'
/** Tenants whose `ReadDb` is kept. */
const KEPT_MAX = 1000

/** A `Db` that can neither write nor hold a transaction: each statement has a snapshot of its own. */
export type ReadDb = {
  sql: Tag
  orm: PgRemoteDatabase<typeof schema>
}

/**
 * Connections for lists, searches, exports, statements, summaries and statistics: reads of more than a few
 * rows. Separate from the connections for everything else, with a share for each tenant and a time limit for
 * each statement; exceeding it is answered 503.
 */
export type Readers = {
  of(tenantId: string): ReadDb
  /**
   * The same for few statements, each planned only once a connection: planning for a year of months takes a millisecond
   * or more. The plan must suit any values.
   */
  preparedOf(tenantId: string): ReadDb
  close(): Promise<void>
}

export type ReaderOptions = Pick<DbOptions, 'name'> & {
  /** The time limit of a statement, in milliseconds. */
  statementMs?: number
  /** Whether the URL may name a replica: its failures are told apart from those of the primary. */
  isReplica?: boolean
}

export function createReaders(
  url: string,
  { name = 'ringproof readers', statementMs = STATEMENT_MS, isReplica = false }: ReaderOptions = {},
): Readers {
  const open = (plans: string) =>
    openReadClient(url, {
      max: CONNECTIONS,
      name,
      statementMs,
      settings: `${SETTINGS} ${plans}`,
      prepare: plans === FOR_ANY_VALUES,
    })
  const planning = open(FOR_VALUES)
  const prepared = open(FOR_ANY_VALUES)
  const turns = createTurns({
    most: CONNECTIONS,
    mostOfOne: CONNECTIONS_OF_ONE,
    waitingOfOne: WAITING_OF_ONE,
    patienceMs: PATIENCE_MS,
  })

  function runFor(tenantId: string, client: ReadClient): ReadClient['run'] {
    return async (text, values) => {
      const end = await turns.take(tenantId)
      try {
        return await client.run(text, values)
      } catch (error) {
        markFailure(error, { isReplica })
        throw error
      } finally {
        end()
      }
    }
  }

  return {
    of: byTenant((tenantId) => readDb(runFor(tenantId, planning))),
    preparedOf: byTenant((tenantId) => readDb(runFor(tenantId, prepared))),
    async close() {
      await Promise.all([planning.close(), prepared.close()])
    },
  }
}

/** Keeps what it made for some tenants. */
function byTenant(make: (tenantId: string) => ReadDb): (tenantId: string) => ReadDb {
  const kept = new Map<string, ReadDb>()
  return (tenantId) => {
    const known = kept.get(tenantId)
    if (known) return known
    const made = make(tenantId)
    if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value ?? '')
    kept.set(tenantId, made)
    return made
  }
}

function readDb(run: ReadClient['run']): ReadDb {
  return {
    sql: tagFor(async ({ text }, values) => {
      const { columns, rows } = await run(text, values)
      const fields = columns.map(({ name, type }) => ({
        key: toCamel(name),
        parse: TYPES.getTypeParser(type, 'text') as (text: string) => unknown,
      }))
      const parsed = rows.map((row) => {
        const result: AnyRow = {}
        for (let i = 0; i < fields.length; i++) {
          const { key, parse } = fields[i] as (typeof fields)[number]
          const value = row[i]
          result[key] = value ? parse(value.toString()) : null
        }
        return result
      })
      return Object.defineProperty(parsed, 'count', { value: rows.length }) as Rows<AnyRow[]>
    }),
    orm: drizzle(
      async (text, values) => {
        const { columns, rows } = await run(text, values)
        const parsers = columns.map(({ type }) => ORM_TYPES.getTypeParser(type, 'text'))
        return {
          rows: rows.map((row) => row.map((value, i) => value && parsers[i]?.(value.toString()))),
        }
      },
      { schema },
    ),
  }
}
