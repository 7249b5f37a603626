import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../src/app.ts'
import { startEmbedded } from '../../src/embedded/embedded.ts'
import { readServiceConfig } from '../../src/process/config.ts'
import { type Stack, startStack } from '../setup/processes.ts'
import { startRedis } from '../setup/redis.ts'
import type { Processes } from './cpu.ts'
import { versions } from './machine.ts'

/** Everything that is measured: a durable PostgreSQL, a Redis, and the service's processes. */
export type Bed = {
  databaseUrl: string
  redisUrl: string
  stack: Stack
  processes: Processes
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
  const [server] = await app.db.sql<{ pid: number; version: string }[]>`
    select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid, current_setting('server_version') as version`
  versions.postgres = server?.version ?? 'unknown'
  const workers = Array.from({ length: options.workers }, (_, i) => stack.pid(`worker-${i + 1}`))
  return {
    databaseUrl: database.url,
    redisUrl: redis?.url ?? '',
    stack,
    processes: {
      api: [stack.pid('api')],
      worker: workers,
      postgres: server ? [server.pid] : [],
      redis: redis ? [redis.pid] : [],
    },
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
