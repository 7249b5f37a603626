import pg from 'pg'

/** How errors without a code of their own are told apart from what PostgreSQL answered: see `isOutage`. */
export const CONNECTION_LOST = 'CONNECTION_CLOSED'

/** A pool whose errors all have a code, and in which no lost connection can end the process. */
export function createPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  // Whoever was using a lost connection is told by its statement; of a resting one nobody needs to know.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    client.on('error', () => {})
    client.query = naming(client.query.bind(client) as Asking) as typeof client.query
  })
  const connect = pool.connect.bind(pool) as Asking
  pool.connect = naming((callback) => {
    if (typeof callback !== 'function') return connect()
    return connect((error: unknown, ...rest: unknown[]) => callback(named(error), ...rest))
  }) as typeof pool.connect
  return pool
}

type Asking = (...args: unknown[]) => unknown

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
