import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { afterEach, expect, test } from 'vitest'
import { type Embedded, EmbeddedError, startEmbedded } from '../../src/db/embedded.ts'

const isRoot = process.getuid?.() === 0
const folders: string[] = []
const running: Embedded[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((database) => database.stop()))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringproof-test-'))
  folders.push(folder)
  return folder
}

async function start(dataDir: string): Promise<Embedded> {
  const database = await startEmbedded({ dataDir })
  running.push(database)
  return database
}

async function query<T>(url: string, statement: string): Promise<T[]> {
  const sql = postgres(url, { max: 1 })
  try {
    return (await sql.unsafe(statement)) as unknown as T[]
  } finally {
    await sql.end()
  }
}

function postmasterPid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
}

test('data and port are found again by the next start', async () => {
  const dataDir = makeFolder()
  const first = await start(dataDir)
  await query(first.url, 'create table kept as select 42 as answer')
  await first.stop()
  const second = await start(dataDir)
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  expect(second.url).toBe(first.url)
})

test('it keeps what it has committed, listens here only, and knows none of our secrets', async () => {
  process.env.SECRET_KEY = 'a-secret-of-ours'
  const dataDir = makeFolder()
  const { url } = await start(dataDir)
  delete process.env.SECRET_KEY
  const settings = await query<{ name: string; setting: string }>(
    url,
    `select name, setting from pg_settings where name in
     ('fsync', 'full_page_writes', 'listen_addresses', 'server_encoding', 'synchronous_commit', 'unix_socket_directories')`,
  )
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
    fsync: 'on',
    full_page_writes: 'on',
    listen_addresses: '127.0.0.1',
    server_encoding: 'UTF8',
    synchronous_commit: 'on',
    unix_socket_directories: '',
  })
  const wrong = new URL(url)
  wrong.password = 'wrong'
  await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/)
  if (process.platform !== 'linux') return
  expect(readFileSync(`/proc/${postmasterPid(dataDir)}/environ`, 'utf8')).not.toContain('SECRET')
})

test('two starts on one folder are refused', async () => {
  const dataDir = makeFolder()
  await start(dataDir)
  await expect(startEmbedded({ dataDir })).rejects.toThrow(
    new EmbeddedError(
      `The database in ${dataDir} is in use by another start: stop it, or set another DATA_DIR`,
    ),
  )
})

test('what a killed start left running is ended, and its data taken over', async () => {
  const dataDir = makeFolder()
  const first = await startEmbedded({ dataDir })
  await query(first.url, 'create table kept as select 42 as answer')
  const orphan = postmasterPid(dataDir)
  process.kill(first.pid, 'SIGKILL')
  const second = await start(dataDir)
  expect(postmasterPid(dataDir)).not.toBe(orphan)
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('a start that was interrupted in the middle of the first one leaves nothing half made', async () => {
  const dataDir = makeFolder()
  mkdirSync(join(dataDir, 'postgres.new', 'data'), { recursive: true })
  const { url } = await start(dataDir)
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(existsSync(join(dataDir, 'postgres.new'))).toBe(false)
})

test('an ephemeral one leaves no folder behind', async () => {
  const database = await startEmbedded({ ephemeral: true })
  const [row] = await query<{ folder: string }>(
    database.url,
    `select current_setting('data_directory') as folder`,
  )
  const folder = dirname(row?.folder ?? '')
  expect(existsSync(folder)).toBe(true)
  await database.stop()
  expect(existsSync(folder)).toBe(false)
})

test.runIf(isRoot)(
  'as root: a way that the other user cannot pass is named before anything is made',
  async () => {
    const barrier = makeFolder()
    const dataDir = join(barrier, 'data')
    await expect(startEmbedded({ dataDir })).rejects.toThrow(
      `who cannot pass ${barrier}: run "chmod o+x ${barrier}", or set DATA_DIR to a folder that everyone can reach`,
    )
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
    chmodSync(barrier, 0o711)
    await start(dataDir)
    expect(statSync(join(dataDir, 'postgres')).uid).not.toBe(0)
  },
)
