import { type BackendFactory, createRedisBackend } from 'bullmq'
import { Redis } from 'ioredis'
import { createPatientBackend } from './patient-backend.ts'

export type QueueConfig = { DATABASE_URL: string; REDIS_URL?: string | undefined }

export type Backend = {
  // The two backends take connections of different types behind one constructor.
  // biome-ignore lint/suspicious/noExplicitAny: BullMQ's own signature for a factory whose options are open
  connection: any
  // biome-ignore lint/suspicious/noExplicitAny: as above
  factory: BackendFactory<any, any>
  /** Call it after closing everything that uses the connection. */
  close(): void
}

/**
 * Where BullMQ keeps its jobs: in Redis if REDIS_URL is set, else in PostgreSQL. A producer fails at once
 * while Redis is down (the sweep makes up for it); a worker waits for it to come back.
 */
export function queueBackend(config: QueueConfig, role: 'producer' | 'worker'): Backend {
  if (!config.REDIS_URL) {
    return {
      connection: {
        connectionString: config.DATABASE_URL,
        max: role === 'producer' ? 2 : 6,
        connectionTimeoutMillis: 3000,
        keepAlive: true,
      },
      factory: createPatientBackend,
      close() {},
    }
  }
  const retryStrategy = (times: number) => Math.min(times * 100, 1000)
  const connectTimeout = 3000
  if (role === 'worker') {
    const connection = { url: config.REDIS_URL, retryStrategy, connectTimeout, maxRetriesPerRequest: null }
    return { connection, factory: createRedisBackend, close() {} }
  }
  // Our own, so that we can disconnect it: BullMQ would leave an unconnected one retrying forever.
  const connection = new Redis(config.REDIS_URL, {
    retryStrategy,
    connectTimeout,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 3000,
  })
  // The queues report its errors.
  connection.on('error', () => {})
  return { connection, factory: createRedisBackend, close: () => connection.disconnect() }
}
