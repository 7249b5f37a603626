import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../src/app.ts'
import { startEmbedded } from '../../src/embedded/embedded.ts'
import { readServiceConfig } from '../../src/process/config.ts'
import { type Stack, startStack } from '../setup/processes.ts'
import { startRedis } from '../setup/redis.ts'

/** Everything that is measured: a durable PostgreSQL, a Redis, and the service's processes. */
export type Bed = {
  databaseUrl: string
  redisUrl: string
  stack: Stack
  /** An `App` in this process on the same database, to prepare data. */
  app: ReturnType<typeof createApp>
  close(): Promise<void>
}

/** Raises limits through the API, as an installation would. */
const RAISED = {
  starts_per_phone_10m: null,
  starts_per_phone_hour: null,
  starts_per_phone_day: null,
  phone_pause_seconds: null,
  starts_per_ip_hour: null,
  starts_per_prefix_hour: 1_000_000,
  conversion_guard: null,
  spend_per_day: null,
}

export async function prepareBed(options: { redis: boolean; workers: number }): Promise<Bed> {
  const folder = await mkdtemp(join(tmpdir(), 'ringproof-bench-'))
  const database = await startEmbedded({ dataDir: folder })
  const redis = options.redis ? await startRedis() : null
  if (options.redis && !redis) throw new Error('redis-server is not installed')
  const stack = await startStack({
    databaseUrl: database.url,
    ...(redis ? { redisUrl: redis.url } : {}),
    env: { LOG_LEVEL: 'warn' },
    workers: options.workers,
  })
  const raised = await stack.request('PATCH', '/v1/policies', { key: stack.adminKey, body: RAISED })
  if (raised.status !== 200) throw new Error(`limits not raised: ${raised.text}`)
  const config = readServiceConfig({
    DATABASE_URL: database.url,
    SECRET_KEY: stack.secretKey,
    SANDBOX_URL: stack.sandboxUrl,
    LOG_LEVEL: 'silent',
    ...(redis ? { REDIS_URL: redis.url } : {}),
  })
  const app = createApp(config, 'bench')
  return {
    databaseUrl: database.url,
    redisUrl: redis?.url ?? '',
    stack,
    app,
    async close() {
      await app.close()
      await stack.stop()
      await redis?.stop()
      await database.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
