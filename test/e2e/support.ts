import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { describe, expect } from 'vitest'
import { createSecrets } from '../../src/secrets.ts'
import { sandboxSeed } from '../../src/tenants/sandbox-seed.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { createTestDatabase } from '../setup/database.ts'
import { type Answer, type RequestOptions, type Stack, startStack } from '../setup/processes.ts'
import { hasRedis, startRedis, type TestRedis } from '../setup/redis.ts'
import { waitFor } from '../setup/wait.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export type Backend = 'PostgreSQL' | 'Redis'

/** Runs the tests with one queue storage. Without redis-server, CI fails; elsewhere the tests are skipped. */
export function describeWithQueue(what: string, queue: Backend, tests: (backend: Backend) => void): void {
  const runs = queue === 'PostgreSQL' || hasRedis()
  describe.runIf(runs)(`${what}, the queue in ${queue}`, () => tests(queue))
}

/** Runs the tests once with each queue storage. */
export function describeWithEachQueue(what: string, tests: (backend: Backend) => void): void {
  for (const queue of ['PostgreSQL', 'Redis'] as const) describeWithQueue(what, queue, tests)
}

/** Short delays for tests; a new account's defaults suit real operators. */
const QUICK = {
  request_timeout_ms: 2000,
  adopt_after_seconds: [0.2, 0.4, 1],
  poll_first_ms: 200,
  poll_max_ms: 500,
}

export type LedgerEntry = { operator: string; phone: string; rings: boolean }

export type ServiceOptions = {
  workers?: number
  /** Gives the sandbox's accounts short delays. */
  quick?: boolean
  /** Added to the environment of every process. */
  env?: Record<string, string>
  /** An existing database; absent: a new one. */
  databaseUrl?: string
}

/** All processes over one queue storage, with helpers for tests. */
export type Service = Awaited<ReturnType<typeof startService>>

export async function startService(backend: Backend, options: ServiceOptions = {}) {
  const database = options.databaseUrl ? null : await createTestDatabase()
  const databaseUrl = options.databaseUrl ?? database?.url ?? ''
  let redis: TestRedis | null = backend === 'Redis' ? await startRedis() : null
  const redisUrl = redis?.url
  const stack = await startStack({
    databaseUrl,
    workers: options.workers ?? 1,
    env: options.env ?? {},
    ...(redisUrl && { redisUrl }),
  })
  const sql = postgres(databaseUrl, { max: 4, onnotice: () => {}, connect_timeout: 5 })
  const token = await sandboxToken(stack, sql)
  if (options.quick) {
    await sql`update provider_accounts set settings = ${sql.json(QUICK)} where sandbox_tenant_id is not null`
  }

  const request = (method: string, path: string, given?: RequestOptions) => stack.request(method, path, given)

  async function control(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${stack.sandboxUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  async function get(id: string) {
    const answer = await request('GET', `/v1/verifications/${id}`)
    expect(answer.status, answer.text).toBe(200)
    return answer.body
  }

  return {
    stack,
    sql,
    backend,
    databaseUrl,
    sandboxToken: token,
    request,
    get,
    control,

    async admin(method: string, path: string, body?: unknown): Promise<Answer> {
      const answer = await request(method, path, { key: stack.adminKey, body })
      expect(answer.status, answer.text).toBeLessThan(300)
      return answer
    },

    /** Starts a verification. Returns the answer. */
    async begin(phone: string, more: Record<string, unknown> = {}) {
      const answer = await request('POST', '/v1/verifications', { body: { phone, ...more } })
      expect(answer.status, answer.text).toBe(201)
      return answer.body
    },

    confirm: (id: string, code: string) =>
      request('POST', `/v1/verifications/${id}/confirm`, { body: { code } }),

    /** Waits until the verification has the status, and returns it. */
    until: (id: string, status: string, timeoutMs = 20_000) =>
      waitFor(
        async () => {
          const verification = await get(id)
          if (verification.status === status) return verification
          throw new Error(`${verification.phone} is ${verification.status}`)
        },
        { timeoutMs, what: `${id} to be ${status}` },
      ),

    /** The numbers that called a phone, newest first, once there are `count`. */
    rung: (phone: string, count = 1): Promise<string[]> =>
      waitFor(
        async () => {
          const answer = await request('GET', `/v1/sandbox/calls?phone=${encodeURIComponent(phone)}`)
          const numbers = answer.body.data.map((call: { from: string }) => call.from)
          return numbers.length >= count && numbers
        },
        { what: `${count} calls to ${phone}`, timeoutMs: 20_000 },
      ),

    /** The calls that the simulated operators dialled for the tenant. */
    async ledger(phone?: string): Promise<LedgerEntry[]> {
      const query = phone ? `?phone=${encodeURIComponent(phone)}` : ''
      return ((await (await control('GET', `/ledger${query}`)).json()) as { data: LedgerEntry[] }).data
    },

    async fault(fault: { operator: string; mode: string; prefix?: string; count?: number }) {
      expect((await control('POST', '/faults', fault)).status).toBe(201)
    },
    mend: () => control('DELETE', '/faults'),

    /** Retries the truncation, which may deadlock with running workers. */
    async emptyQueue(): Promise<void> {
      if (redisUrl) await withRedis(redisUrl, (client) => client.flushall())
      else {
        const tables = (await queueTables(sql)).map((table) => `bullmq."${table}"`).join(', ')
        await waitFor(() => sql.unsafe(`truncate ${tables}`), { what: 'an empty queue' })
      }
    },

    /** The number of calls that wait for a worker. */
    async queuedCalls(): Promise<number> {
      const bundles = redisUrl
        ? await withRedis(redisUrl, async (client) => {
            const ids = await client.lrange('bull:place:wait', 0, -1)
            return Promise.all(
              ids.map(async (id) => JSON.parse((await client.hget(`bull:place:${id}`, 'data')) ?? '{}')),
            )
          })
        : (await sql<{ data: unknown }[]>`select data from bullmq.job`).map(({ data }) => data)
      return bundles.flatMap(({ calls }: { calls: unknown[] }) => calls).length
    },

    redisUrl: redisUrl ?? '',
    stopRedis: async () => redis?.stop(),
    async startRedisAgain() {
      redis = await startRedis({ port: Number(new URL(redisUrl ?? '').port) })
    },

    /** Starts another process of the service, whose exit the test checks. */
    another: (entry: 'src/main.ts' | 'worker/main.ts') =>
      startProcess(entry, {
        DATABASE_URL: databaseUrl,
        SECRET_KEY: stack.secretKey,
        SANDBOX_URL: stack.sandboxUrl,
        ...(redisUrl && { REDIS_URL: redisUrl }),
      }),

    async stop() {
      await sql.end({ timeout: 1 })
      await stack.stop()
      await redis?.stop()
      await database?.drop()
    },
  }
}

async function sandboxToken(stack: Stack, sql: postgres.Sql): Promise<string> {
  const [tenant] = await sql<{ id: string }[]>`select id from tenants where is_first`
  const secrets = createSecrets(Buffer.from(stack.secretKey, 'base64'))
  return sandboxCredentials(sandboxSeed(secrets, tenant?.id ?? ''), 'telefon-ip').token ?? ''
}

/** BullMQ's tables, without its list of migrations. */
export async function queueTables(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'bullmq' and tablename !~ 'migration'`
  return rows.map((row) => row.name)
}

export async function withRedis<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url)
  try {
    return await use(client)
  } finally {
    client.disconnect()
  }
}

/** Returns new phones that ring, spread over number ranges. */
export function phoneBook(prefix: string): () => string {
  let next = 0
  return () => {
    next += 1
    return `${prefix}${String((next * 7919) % 10 ** (12 - prefix.length)).padStart(12 - prefix.length, '0')}`
  }
}

/** Starts one of our processes; `exit` resolves to its exit code, or to the signal that ended it. */
async function startProcess(entry: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [entry], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exit = new Promise<number | string | null>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  )
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: { url?: string }) => resolve(message.url ?? ''))
    exit.then((end) => reject(new Error(`${entry} ended (${end}) before it was ready: ${output}`)))
  })
  return { url, exit, output: () => output, signal: (name: NodeJS.Signals) => child.kill(name) }
}

/** Records every command that Redis receives. The returned function stops it and returns the text. */
export async function recordRedis(url: string): Promise<() => Promise<string>> {
  // A plain socket: ioredis confuses the first commands with the answer if they arrive with it.
  const { hostname, port } = new URL(url)
  const monitor = connect({ host: hostname, port: Number(port) })
  let text = ''
  monitor.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  monitor.write('MONITOR\r\n')
  await waitFor(() => text.startsWith('+OK\r\n'))
  return async () => {
    const client = new Redis(url)
    await client.set('canary', 'last')
    client.disconnect()
    await waitFor(() => text.includes('"canary" "last"'))
    monitor.destroy()
    return text
  }
}
