import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgresBackend, type PostgresConnection } from 'bullmq'

const RETRY_MS = 500

/** BullMQ's storage in PostgreSQL, which waits until it can be reached, as the one in Redis does, and outlives its loss. */
export const createPatientBackend: typeof createPostgresBackend = (name, options, factoryOptions) => {
  const backend = createPostgresBackend(name, options, factoryOptions)
  bePatient(backend.connection)
  hearErrors(backend.connection)
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
        if (connection.listenerCount('error') > 0) connection.emit('error', error)
        await sleep(RETRY_MS)
      }
    }
  }
}

/** A client of which PostgreSQL takes leave with an error, while nobody listens for one, would end the process. */
function hearErrors(connection: PostgresConnection): void {
  ;(connection.pool as unknown as EventEmitter).on('connect', (client: EventEmitter) =>
    client.on('error', ignore),
  )
  const listen = connection.getListenClient.bind(connection)
  connection.getListenClient = async () => {
    const client = await listen()
    if (!Object.hasOwn(client, 'removeAllListeners')) keepListener(client as unknown as EventEmitter)
    return client
  }
}

/** BullMQ takes all listeners away before it waits for the end of the connection. */
function keepListener(client: EventEmitter): void {
  client.removeAllListeners = (name) => {
    EventEmitter.prototype.removeAllListeners.call(client, name)
    return client.on('error', ignore)
  }
}

const ignore = () => {}
