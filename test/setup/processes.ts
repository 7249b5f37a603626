import { randomBytes } from 'node:crypto'
import { readConfig } from '../../src/process/config.ts'
import { derivedTestKey, prepareInstallation } from '../../src/tenants/bootstrap.ts'
import { type Child, startChild } from './child.ts'

export type StackOptions = {
  databaseUrl: string
  redisUrl?: string
  /** Added to the environment of every process. */
  env?: Record<string, string>
  workers?: number
}

export type Answer = {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into answers of any shape, and fails where it is another
  body: any
  text: string
}

export type RequestOptions = { key?: string | null; body?: unknown; headers?: Record<string, string> }

/** `sandbox`, `api`, `worker-1`, `worker-2`, … */
export type ProcessName = string

export type Stack = {
  url: string
  sandboxUrl: string
  testKey: string
  adminKey: string
  secretKey: string
  /** Sends `testKey` unless `key` is given (null: none). A string `body` is sent unchanged. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>
  pid(name: ProcessName): number
  /** Where a worker with `WORKER_PORT` listens. */
  urlOf(name: ProcessName): string
  /**
   * Sends a signal (SIGKILL by default). Resolves when the process has ended; at once for SIGSTOP and
   * SIGCONT.
   */
  kill(name: ProcessName, signal?: NodeJS.Signals): Promise<void>
  /** Stops the process if it runs, and starts it again on the same port. */
  restart(name: ProcessName): Promise<void>
  /** The output of the named process, or of all, since the stack started. */
  logs(name?: ProcessName): string
  stop(): Promise<void>
}

const ENTRIES = { sandbox: 'src/sandbox/main.ts', api: 'src/main.ts', worker: 'worker/main.ts' }

/**
 * The whole service as processes on free ports of 127.0.0.1. They end with the test's process, however it
 * ends.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const secretKey = randomBytes(32).toString('base64')
  const adminKey = `rp_live_${randomBytes(20).toString('hex')}`
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    LOG_LEVEL: 'debug',
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: options.databaseUrl,
    SECRET_KEY: secretKey,
    BOOTSTRAP_ADMIN_KEY: adminKey,
    ...(options.redisUrl && { REDIS_URL: options.redisUrl }),
    ...options.env,
  }
  const children = new Map<ProcessName, Child>()
  const earlier = new Map<ProcessName, string>()

  const get = (name: ProcessName): Child => {
    const child = children.get(name)
    if (!child) throw new Error(`no process "${name}"; there are ${[...children.keys()].join(', ')}`)
    return child
  }
  const start = async (name: ProcessName): Promise<Child> => {
    const entry = ENTRIES[name.replace(/-\d+$/, '') as keyof typeof ENTRIES]
    const before = children.get(name)
    const port = before?.url ? new URL(before.url).port : env.PORT
    const child = await startChild(entry, { ...env, PORT: port ?? '0' })
    if (before) earlier.set(name, (earlier.get(name) ?? '') + before.output())
    children.set(name, child)
    return child
  }
  const stop = async (): Promise<void> => {
    const [sandbox, ...rest] = children.values()
    await Promise.all(rest.map((child) => child.stop()))
    await sandbox?.stop()
  }

  try {
    const config = { ...readConfig(env), DATABASE_URL: options.databaseUrl }
    const key = Buffer.from(secretKey, 'base64')
    const [sandbox] = await Promise.all([
      start('sandbox'),
      prepareInstallation({ ...config, SECRET_KEY: key }, { printTestKey: true }),
    ])
    env.SANDBOX_URL ??= sandbox.url ?? ''
    const workers = Array.from({ length: options.workers ?? 1 }, (_, i) => start(`worker-${i + 1}`))
    const [api] = await Promise.all([start('api'), ...workers])
    const url = api.url ?? ''
    const testKey = derivedTestKey(key)
    return {
      url,
      sandboxUrl: sandbox.url ?? '',
      testKey,
      adminKey,
      secretKey,
      request: (method, path, given = {}) => send(url, method, path, { key: testKey, ...given }),
      pid: (name) => get(name).pid,
      urlOf: (name) => get(name).url ?? '',
      async kill(name, signal = 'SIGKILL') {
        get(name).signal(signal)
        if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await get(name).ended
      },
      async restart(name) {
        await get(name).stop()
        await start(name)
      },
      logs(name) {
        const names = name ? [name] : [...children.keys()]
        return names.map((each) => (earlier.get(each) ?? '') + get(each).output()).join('')
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function send(url: string, method: string, path: string, options: RequestOptions): Promise<Answer> {
  const { key, body, headers } = options
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(key && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
