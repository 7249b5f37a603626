import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { keepSecretKey, openDataDir } from '../../src/standalone/data-dir.ts'
import { childPids, isAlive, type Started, startAll } from '../setup/start.ts'
import { waitFor } from '../setup/wait.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'ringproof-start-'))
let running: Started | null = null

const allPids = () => [...Object.values(childPids(dataDir)), postmasterPid()]

function postmasterPid(): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
}

async function start(env?: Record<string, string>): Promise<Started> {
  running = await startAll(dataDir, env)
  if (!running.url) throw new Error(`npm start ended: ${running.stderr()}${running.stdout()}`)
  return running
}

async function startOrUse(): Promise<Started> {
  return running ?? start()
}

async function stop(): Promise<void> {
  const stopping = running
  running = null
  stopping?.signal('SIGTERM')
  await stopping?.ended
}

beforeAll(async () => {
  await start()
})
afterEach((context) => {
  if (context.task.result?.state === 'fail') console.error(running?.stderr(), running?.stdout())
})
afterAll(async () => {
  await stop()
  rmSync(dataDir, { recursive: true, force: true })
})

test('a killed process comes back at the same address', async () => {
  const { url } = await startOrUse()
  const { API, worker } = childPids(dataDir)
  for (const pid of [API, worker]) process.kill(pid ?? 0, 'SIGKILL')
  await waitFor(async () => childPids(dataDir).API !== API && (await fetch(`${url}/readyz`)).ok, {
    timeoutMs: 20_000,
  })
  await waitFor(() => childPids(dataDir).worker !== worker)
})

test('the gateway starts with the first request to it, and is back for the next one when it is killed', async () => {
  await startOrUse()
  const { worker, gateway: none } = childPids(dataDir)
  expect(none).toBeUndefined()
  const environment = readFileSync(`/proc/${worker}/environ`, 'utf8').split('\0')
  const url = environment.find((each) => each.startsWith('GATEWAY_URL='))?.slice('GATEWAY_URL='.length)
  const ask = async () => (await fetch(`${url}/healthz`)).status
  expect(await Promise.all([ask(), ask()])).toEqual([200, 200])
  const { gateway } = childPids(dataDir)
  process.kill(gateway ?? 0, 'SIGKILL')
  await waitFor(() => childPids(dataDir).gateway !== gateway)
  expect(await waitFor(ask)).toBe(200)
})

test('a killed PostgreSQL comes back with its data', async () => {
  const { url, testKey } = await startOrUse()
  const headers = { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ phone: '+79243555100' })
  expect((await fetch(`${url}/v1/verifications`, { method: 'POST', headers, body })).status).toBe(201)
  const killed = postmasterPid()
  process.kill(killed, 'SIGKILL')
  await waitFor(
    async () => {
      // A connection to the killed server may answer for a moment.
      if (postmasterPid() === killed) return false
      const answer = await fetch(`${url}/v1/verifications`, { headers })
      return answer.ok && ((await answer.json()) as { data: unknown[] }).data.length > 0
    },
    { timeoutMs: 20_000 },
  )
})

test('a second start on a folder is refused in one line', async () => {
  const { pid } = await startOrUse()
  const second = await startAll(dataDir)
  expect(await second.ended).toBe(1)
  expect(second.stderr()).toBe(
    `DATA_DIR: ${dataDir} is in use by another instance (process ${pid}); stop it, or set another DATA_DIR\n`,
  )
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s stops everything in time and leaves no process',
  async (signal) => {
    const started = await startOrUse()
    const pids = allPids()
    const before = performance.now()
    started.signal(signal)
    expect(await started.ended).toBe(0)
    running = null
    expect(performance.now() - before).toBeLessThan(5000)
    expect(pids.filter(isAlive)).toEqual([])
  },
)

test('everything stops when npm or its shell dies of a signal without passing it on', async () => {
  await stop()
  const npm = { npm_lifecycle_event: 'start', npm_config_user_agent: 'npm/9.9.4 node/v20.0.0 linux x64' }
  const started = await startAll(dataDir, npm, { underShell: true })
  running = started
  const [, pid] = /npm 9 does not forward signals: .* run "kill (\d+)"/.exec(started.stdout()) ?? []
  const pids = [...allPids(), Number(pid)]
  expect(pids.filter(isAlive)).toEqual(pids)
  started.signal('SIGTERM')
  expect(await started.ended).toBe('SIGTERM')
  running = null
  await waitFor(() => pids.filter(isAlive).length === 0)
})

test('a killed start takes its children along, and the next start finds its data and key', async () => {
  const first = await startOrUse()
  const pids = allPids()
  first.signal('SIGKILL')
  await first.ended
  const second = await start()
  expect(pids.filter(isAlive)).toEqual([])
  expect(second.testKey).toBe(first.testKey)
})

test('a start takes over when every process but PostgreSQL was killed', async () => {
  const first = await startOrUse()
  const orphan = postmasterPid()
  const pids = Object.values(childPids(dataDir))
  for (const pid of [first.pid, ...pids]) process.kill(pid, 'SIGKILL')
  await first.ended
  expect(isAlive(orphan)).toBe(true)
  await start()
  expect(isAlive(orphan)).toBe(false)
})

test('SECRET_KEY is readable by its owner only, and in no output', async () => {
  const started = await startOrUse()
  const file = join(dataDir, 'secret_key')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const key = readFileSync(file, 'utf8').trim()
  expect(started.stdout() + started.stderr()).not.toContain(key)
})

test('a port in use is reported in one line, before anything starts', async () => {
  await stop()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const refused = await startAll(dataDir, { PORT: String(port) })
  expect(await refused.ended).toBe(1)
  expect(refused.stderr()).toBe(`PORT: ${port} is already in use on 127.0.0.1; set another one\n`)
  await new Promise((resolve) => server.close(resolve))
})

test('wrong settings are reported in one line each, without a stack', async () => {
  const refused = await startAll(dataDir, { PORT: 'http', LOG_LEVEL: 'loud', NODE_ENV: 'production' })
  expect(await refused.ended).toBe(1)
  expect(refused.stderr().trim().split('\n')).toEqual([
    expect.stringMatching(/^PORT: /),
    expect.stringMatching(/^LOG_LEVEL: /),
    expect.stringMatching(/^SECRET_KEY: /),
  ])
})

test('an unreachable database is reported in one line', async () => {
  const refused = await startAll(dataDir, { DATABASE_URL: 'postgres://nobody:hidden@127.0.0.1:1/none' })
  expect(await refused.ended).toBe(1)
  const says = /^DATABASE_URL: PostgreSQL at 127\.0\.0\.1:1 refuses connections \(ECONNREFUSED\)/
  expect(refused.stderr().trim().split('\n')).toEqual([expect.stringMatching(says)])
  expect(refused.stderr()).not.toContain('hidden')
})

test('a SECRET_KEY torn by a power cut is replaced before its first use, and reported as damaged after it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringproof-key-'))
  const file = join(folder, 'secret_key')
  for (const torn of ['', '\0'.repeat(45), 'c2hvcnQ=']) {
    writeFileSync(file, torn)
    const key = keepSecretKey(folder, { inUse: false })
    expect(Buffer.from(key, 'base64')).toHaveLength(32)
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([`${key}\n`, 0o600])
    writeFileSync(file, torn)
    expect(() => keepSecretKey(folder, { inUse: true })).toThrow(
      `SECRET_KEY: ${file} does not hold 32 bytes in base64: restore it from your backup; without a backup, delete the file`,
    )
    expect(readFileSync(file, 'utf8')).toBe(torn)
  }
  rmSync(folder, { recursive: true })
})

test.each(['', 'null', '[{"pid":"x"}]', '[{', '\0\0\0'])(
  'a list of children left as %j by a power cut, and a torn lock, do not prevent a start',
  async (torn) => {
    const folder = mkdtempSync(join(tmpdir(), 'ringproof-list-'))
    for (const name of ['children.json', 'lock', 'holder']) writeFileSync(join(folder, name), torn)
    const held = await openDataDir(folder)
    expect(readFileSync(join(folder, 'children.json'), 'utf8')).toBe('[]')
    await expect(openDataDir(folder)).rejects.toThrow(`in use by another instance (process ${process.pid})`)
    held.release()
    rmSync(folder, { recursive: true })
  },
)
