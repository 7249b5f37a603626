import type { Redis } from 'ioredis'
import type postgres from 'postgres'
import { median } from '../bench/figure.ts'
import { residentMiB } from '../bench/memory.ts'
import type { Stack } from '../setup/processes.ts'

/** Figures that must not grow, and how far the median may rise from the beginning to the end. */
const ALLOWED = {
  'api MiB': { factor: 1.2, more: 30 },
  'workers MiB': { factor: 1.2, more: 60 },
  'PostgreSQL connections': { factor: 1, more: 4 },
  'Redis clients': { factor: 1, more: 4 },
  'Redis MiB': { factor: 1.5, more: 4 },
  'jobs in the queue': { factor: 1.5, more: 50 },
} as const

export type Sample = Record<keyof typeof ALLOWED, number>

const QUEUES = ['place', 'follow']
const STATES = ['wait', 'active', 'delayed', 'prioritized']

export async function takeSample(stack: Stack, sql: postgres.Sql, redis: Redis): Promise<Sample> {
  const [connections] = await sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity where datname = current_database()`
  const info = await redis.info()
  const number = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
  const lengths = QUEUES.flatMap((queue) => STATES.map((state) => length(redis, `bull:${queue}:${state}`)))
  const jobs = (await Promise.all(lengths)).reduce((sum, one) => sum + one, 0)
  const workers = await Promise.all(['worker-1', 'worker-2'].map((name) => memoryOf(stack, name)))
  return {
    'api MiB': await memoryOf(stack, 'api'),
    'workers MiB': workers.reduce((sum, one) => sum + one, 0),
    'PostgreSQL connections': connections?.count ?? 0,
    'Redis clients': number('connected_clients'),
    'Redis MiB': number('used_memory') / 1024 / 1024,
    'jobs in the queue': jobs,
  }
}

async function length(redis: Redis, key: string): Promise<number> {
  const type = await redis.type(key)
  if (type === 'list') return redis.llen(key)
  return type === 'zset' ? redis.zcard(key) : 0
}

const memoryOf = (stack: Stack, name: string) => residentMiB(stack.pid(name)).catch(() => 0)

/**
 * The medians of the second quarter of the run (the first warms up) and of the last, and the figures that
 * grew too much.
 */
export function compare(samples: readonly Sample[]) {
  const quarter = Math.max(1, Math.floor(samples.length / 4))
  const table: Record<string, { early: number; late: number }> = {}
  const problems: string[] = []
  for (const [name, { factor, more }] of Object.entries(ALLOWED)) {
    const usual = (some: readonly Sample[]) =>
      Math.round(median(some.map((one) => one[name as keyof Sample])))
    const early = usual(samples.slice(quarter, quarter * 2))
    const late = usual(samples.slice(-quarter))
    table[name] = { early, late }
    if (late > early * factor + more) problems.push(`${name} grew from ${early} to ${late}`)
  }
  return { table, problems }
}

const DEAD_MOST = 5000

/** Tables with more dead rows than autovacuum should leave. */
export async function bloat(sql: postgres.Sql): Promise<string[]> {
  const tables = await sql<{ name: string; dead: number; live: number }[]>`
    select relname as name, n_dead_tup::int as dead, n_live_tup::int as live from pg_stat_user_tables`
  return tables
    .filter(({ dead, live }) => dead > DEAD_MOST + live / 2)
    .map(({ name, dead, live }) => `${name} has ${dead} dead rows beside ${live}`)
}
