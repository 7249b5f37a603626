import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import pg from 'pg'

/** How errors without a code of their own are told apart from what PostgreSQL answered: see `isOutage`. */
export const CONNECTION_LOST = 'CONNECTION_CLOSED'

/** Longer than any limit on statements, locks and requests. */
export const SILENCE_MS = 30_000

/** An error as PostgreSQL answered it; the caller gets this very object. */
export type AnsweredError = { code?: string }

export type PoolOptions = {
  silenceMs?: number | undefined
  onError?: ((error: AnsweredError) => void) | undefined
}

/**
 * A pool whose errors all have a code, and in which no lost connection can end the process. One that is silent for too long while it
 * is waited for (`silenceMs`; 0: as long as it likes) counts as lost: where the other side has vanished, the system would try for a
 * quarter of an hour. Batches say themselves for how long they wait. `onError` is told of every error that PostgreSQL answers.
 */
export function createPool(
  config: pg.PoolConfig,
  { silenceMs = SILENCE_MS, onError }: PoolOptions = {},
): pg.Pool {
  const pool = new pg.Pool(config)
  // Whoever was using a lost connection is told by its statement; of a resting one nobody needs to know.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
    if (onError) (client.connection as unknown as EventEmitter).on('errorMessage', onError)
    client.query = naming(patiently(client, silenceMs)) as typeof client.query
  })
  const connect = pool.connect.bind(pool) as Asking
  pool.connect = naming((callback) => {
    if (typeof callback !== 'function') return connect()
    return connect((error: unknown, ...rest: unknown[]) => callback(named(error), ...rest))
  }) as typeof pool.connect
  return pool
}

type Asking = (...args: unknown[]) => unknown

function patiently(client: pg.PoolClient, silenceMs: number): Asking {
  const ask = client.query.bind(client) as Asking
  const stream = client.connection.stream as Socket
  let unanswered = 0
  function count(change: 1 | -1): void {
    unanswered += change
    stream.setTimeout(unanswered > 0 ? silenceMs : 0)
  }
  stream.on('timeout', () => stream.destroy(new Error('PostgreSQL was silent for too long')))
  return (...args) => {
    const [query] = args as [{ submit?: unknown }]
    if (query.submit) return ask(...args)
    count(1)
    const callback = args.at(-1)
    if (typeof callback !== 'function') return (ask(...args) as Promise<unknown>).finally(() => count(-1))
    return ask(...args.slice(0, -1), (error: unknown, ...rest: unknown[]) => {
      count(-1)
      callback(named(error), ...rest)
    })
  }
}

function naming(ask: Asking): Asking {
  return (...args) => {
    const asked = ask(...args)
    if (!(asked instanceof Promise)) return asked
    return asked.catch((error: unknown) => {
      throw named(error)
    })
  }
}

/** The client throws bare errors where a connection is lost or cannot be had in time. */
export function named(error: unknown): unknown {
  const isBare = error instanceof Error && error.constructor === Error && !('code' in error)
  return isBare ? Object.assign(error, { code: CONNECTION_LOST }) : error
}
