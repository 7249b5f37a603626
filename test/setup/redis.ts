import { spawn, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { freePort } from './ports.ts'
import { waitFor } from './wait.ts'

export type TestRedis = {
  url: string
  /** The pid of redis-server itself, for signals. */
  pid: number
  stop(): Promise<void>
}

/** Whether redis-server is installed. Throws in CI if it is not: tests would be skipped unnoticed. */
export function hasRedis(): boolean {
  const found = spawnSync('redis-server', ['--version']).status === 0
  if (!found && process.env.CI === 'true') throw new Error('redis-server is not installed')
  return found
}

/** A Redis of the test's own, keeping nothing on disk; `null` where redis-server is not installed. */
export async function startRedis({ port }: { port?: number } = {}): Promise<TestRedis | null> {
  if (!hasRedis()) return null
  const chosen = port ?? (await freePort())
  const settings = { port: chosen, bind: '127.0.0.1', save: '', appendonly: 'no', dir: tmpdir() }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const leash = fileURLToPath(new URL('./leash.ts', import.meta.url))
  const child = spawn(process.execPath, [leash, 'redis-server', ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const pid = await new Promise<number>((resolve, reject) => {
    child.on('message', (message: { pid: number }) => resolve(message.pid))
    ended.then(() => reject(new Error('redis-server did not start')))
  })
  const url = `redis://127.0.0.1:${chosen}`
  await answers(url)
  return {
    url,
    pid,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function answers(url: string): Promise<void> {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  client.on('error', () => {})
  try {
    await waitFor(async () => (await client.ping()) === 'PONG', { what: 'redis-server' })
  } finally {
    client.disconnect()
  }
}
