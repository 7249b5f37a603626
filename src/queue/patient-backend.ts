import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgresBackend, type PostgresConnection } from 'bullmq'

const RETRY_MS = 500

/**
 * BullMQ's PostgreSQL storage. Like the Redis one, it waits until the server is reachable and survives its
 * loss.
 */
export const createPatientBackend: typeof createPostgresBackend = (name, options, factoryOptions) => {
  const backend = createPostgresBackend(name, options, factoryOptions)
  retryUntilReady(backend.connection)
  ignoreClientErrors(backend.connection)
  return backend
}

/**
 * A BullMQ connection remembers forever that it could not be opened at first. Its worker then loops without
 * ever yielding: the process receives no signal, and its memory grows.
 */
function retryUntilReady(connection: PostgresConnection): void {
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

/** Without a listener, the error with which PostgreSQL closes a client would end the process. */
function ignoreClientErrors(connection: PostgresConnection): void {
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

/** BullMQ removes all listeners before it waits for the connection to end. */
function keepListener(client: EventEmitter): void {
  client.removeAllListeners = (name) => {
    EventEmitter.prototype.removeAllListeners.call(client, name)
    return client.on('error', ignore)
  }
}

const ignore = () => {}
