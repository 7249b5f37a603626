import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgresBackend, type PostgresConnection } from 'bullmq'

const RETRY_MS = 500

/** BullMQ's storage in PostgreSQL, which waits until it can be reached, as the one in Redis does. */
export const createPatientBackend: typeof createPostgresBackend = (name, options, factoryOptions) => {
  const backend = createPostgresBackend(name, options, factoryOptions)
  bePatient(backend.connection)
  return backend
}

/**
 * A connection of BullMQ's remembers for ever that it could not be opened at first. Its worker then turns in a circle that
 * never lets go of the processor: the process hears no signal, and its memory grows.
 */
function bePatient(connection: PostgresConnection): void {
  const open = connection.waitUntilReady.bind(connection)
  connection.waitUntilReady = async () => {
    for (;;) {
      try {
        return await open()
      } catch (error) {
        if (connection.isClosing) throw error
        Object.assign(connection, { readyPromise: undefined })
        connection.emit('error', error)
        await sleep(RETRY_MS)
      }
    }
  }
}
