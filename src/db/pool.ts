import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import pg from 'pg'

/** The code of errors that came without one, unlike PostgreSQL's own: see `isOutage`. */
export const CONNECTION_LOST = 'CONNECTION_CLOSED'

/** Longer than any limit on statements, locks and requests. */
export const SILENCE_MS = 30_000

/** An error as PostgreSQL answered it; the caller gets the same object. */
export type AnsweredError = { code?: string }

export type PoolOptions = {
  silenceMs?: number | undefined
  onError?: ((error: AnsweredError) => void) | undefined
}

/**
 * A pool whose errors all have a code, and in which no lost connection can end the process. A connection that
 * stays silent for `silenceMs` (0: no limit) while a query waits counts as lost: if the other side has
 * vanished, the system would retry for a quarter of an hour. Batches set their own limit. `onError` gets
 * every error that PostgreSQL answers.
 */
export function createPool(
  config: pg.PoolConfig,
  { silenceMs = SILENCE_MS, onError }: PoolOptions = {},
): pg.Pool {
  const pool = new pg.Pool(config)
  // A statement on a lost connection fails by itself; an idle connection may drop silently.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
    if (onError) (client.connection as unknown as EventEmitter).on('errorMessage', onError)
    client.query = withNamedErrors(withSilenceLimit(client, silenceMs)) as typeof client.query
  })
  const connect = pool.connect.bind(pool) as Method
  pool.connect = withNamedErrors((callback) => {
    if (typeof callback !== 'function') return connect()
    return connect((error: unknown, ...rest: unknown[]) => callback(named(error), ...rest))
  }) as typeof pool.connect
  return pool
}

type Method = (...args: unknown[]) => unknown

function withSilenceLimit(client: pg.PoolClient, silenceMs: number): Method {
  const query = client.query.bind(client) as Method
  const stream = client.connection.stream as Socket
  let unanswered = 0
  function count(change: 1 | -1): void {
    unanswered += change
    stream.setTimeout(unanswered > 0 ? silenceMs : 0)
  }
  stream.on('timeout', () => stream.destroy(new Error('PostgreSQL was silent for too long')))
  return (...args) => {
    const [first] = args as [{ submit?: unknown }]
    if (first.submit) return query(...args)
    count(1)
    const callback = args.at(-1)
    if (typeof callback !== 'function') return (query(...args) as Promise<unknown>).finally(() => count(-1))
    return query(...args.slice(0, -1), (error: unknown, ...rest: unknown[]) => {
      count(-1)
      callback(named(error), ...rest)
    })
  }
}

function withNamedErrors(method: Method): Method {
  return (...args) => {
    const result = method(...args)
    if (!(result instanceof Promise)) return result
    return result.catch((error: unknown) => {
      throw named(error)
    })
  }
}

/** Gives a code to the client's bare errors: a connection was lost, or not available in time. */
export function named(error: unknown): unknown {
  const isBare = error instanceof Error && error.constructor === Error && !('code' in error)
  return isBare ? Object.assign(error, { code: CONNECTION_LOST }) : error
}
