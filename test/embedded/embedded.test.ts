import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { afterAll, afterEach, expect, test } from 'vitest'
import { linkLibraries } from '../../src/embedded/binaries.ts'
import { type Embedded, EmbeddedError, startEmbedded } from '../../src/embedded/embedded.ts'
import { clusterUrl } from '../../src/embedded/url.ts'
import { isAlive } from '../setup/start.ts'
import { waitFor } from '../setup/wait.ts'

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

const shared = mkdtempSync(join(tmpdir(), 'ringproof-test-'))
afterAll(() => rmSync(shared, { recursive: true, force: true }))

/**
 * A folder with a stopped database that has a table `kept`. Always the same folder: creating one takes
 * seconds.
 */
async function folderWithData(): Promise<string> {
  if (!existsSync(join(shared, 'postgres'))) {
    const database = await startEmbedded({ dataDir: shared })
    await query(database.url, 'create table kept as select 42 as answer')
    await database.stop()
  }
  return shared
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

test('the next start finds the data and the port again', async () => {
  const dataDir = await folderWithData()
  const first = await start(dataDir)
  await first.stop()
  const second = await start(dataDir)
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  expect(second.url).toBe(first.url)
})

test('it keeps its commits, listens on this machine only, and knows none of our secrets', async () => {
  const dataDir = await folderWithData()
  process.env.SECRET_KEY = 'a-secret-of-ours'
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

test('a second start on a folder is refused', async () => {
  const dataDir = await folderWithData()
  await start(dataDir)
  await expect(startEmbedded({ dataDir })).rejects.toThrow(
    new EmbeddedError(
      `The database in ${dataDir} is in use by another instance: stop it, or set another DATA_DIR`,
    ),
  )
})

test('a start ends the server that a killed start left running, and takes over its data', async () => {
  const dataDir = await folderWithData()
  const first = await startEmbedded({ dataDir })
  const orphan = postmasterPid(dataDir)
  process.kill(first.pid, 'SIGKILL')
  const second = await start(dataDir)
  expect(postmasterPid(dataDir)).not.toBe(orphan)
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('an interrupted first start leaves nothing half made', async () => {
  const dataDir = makeFolder()
  for (const half of ['postgres.new', 'postgres.new-half'])
    mkdirSync(join(dataDir, half, 'data'), { recursive: true })
  const { url } = await start(dataDir)
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(readdirSync(dataDir).filter((name) => name.startsWith('postgres.new'))).toEqual([])
})

test('a start with files that a power cut left empty, zeroed or truncated finds its data', async () => {
  const dataDir = await folderWithData()
  const at = (name: string) => join(dataDir, name)
  let database = await startEmbedded({ dataDir })
  const tears = [() => '', (text: string) => '\0'.repeat(text.length), (text: string) => text.slice(0, 2)]
  for (const tear of tears) {
    const mark = readFileSync(at('postgres/postmaster.pid'), 'utf8')
    await database.stop()
    writeFileSync(at('postgres/postmaster.pid'), tear(mark))
    writeFileSync(at('postgres.lock'), tear('a lock'))
    for (const name of ['postgres-password', 'postgres-port']) {
      const text = readFileSync(at(name), 'utf8')
      writeFileSync(at(name), tear(text))
      // Otherwise the command line would connect to another server on PostgreSQL's usual port.
      expect(clusterUrl(dataDir)).toBe(null)
    }
    database = await startEmbedded({ dataDir })
    expect(await query(database.url, 'select answer from kept')).toEqual([{ answer: 42 }])
    expect(clusterUrl(dataDir)).toBe(database.url)
  }
  await database.stop()
})

test('a start ends a server with a torn pid file before it takes over the data', async () => {
  const dataDir = await folderWithData()
  const first = await startEmbedded({ dataDir })
  const orphan = postmasterPid(dataDir)
  process.kill(first.pid, 'SIGKILL')
  writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), '')
  const second = await start(dataDir)
  expect(isAlive(orphan)).toBe(false)
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('a start ends a session that outlived its server before it takes over the data', async () => {
  const dataDir = await folderWithData()
  const first = await startEmbedded({ dataDir })
  const sql = postgres(first.url, { max: 1 })
  const [session] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  // A session checks for its server between statements only.
  const busy = sql`do $$ begin loop end loop; end $$`.catch(() => 'ended')
  const isBusy = `select 1 from pg_stat_activity where pid = ${session?.pid} and state = 'active'`
  await waitFor(async () => (await query(first.url, isBusy)).length > 0)
  process.kill(first.pid, 'SIGKILL')
  process.kill(postmasterPid(dataDir), 'SIGKILL')
  await start(dataDir)
  // Elsewhere PostgreSQL itself waits for it, by their shared memory.
  if (process.platform === 'linux') expect(isAlive(session?.pid ?? 0)).toBe(false)
  expect(await busy).toBe('ended')
  await sql.end({ timeout: 0 })
})

test('a folder with an incomplete database is left untouched, and the error says what to do', async () => {
  const dataDir = makeFolder()
  const folder = join(dataDir, 'postgres')
  mkdirSync(join(folder, 'base'), { recursive: true })
  await expect(startEmbedded({ dataDir })).rejects.toThrow(
    `${folder} holds an incomplete database (PG_VERSION is missing or empty): restore it from your backup, or move it away to start fresh`,
  )
  expect(readdirSync(folder)).toEqual(['base'])
  writeFileSync(join(folder, 'PG_VERSION'), '')
  await expect(startEmbedded({ dataDir })).rejects.toThrow('PG_VERSION is missing or empty')
})

test('data of another PostgreSQL version is left alone, and the error names both versions', async () => {
  const dataDir = await folderWithData()
  const file = join(dataDir, 'postgres', 'PG_VERSION')
  const version = readFileSync(file, 'utf8')
  writeFileSync(file, '9\n')
  await expect(startEmbedded({ dataDir })).rejects.toThrow(
    /FATAL: .*incompatible .*DETAIL: .*version 9, .*version 18/,
  )
  writeFileSync(file, version)
})

test('an ephemeral server leaves no folder behind', async () => {
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
  'as root: a folder that the other user cannot enter is named before anything is created',
  async () => {
    const barrier = makeFolder()
    const dataDir = join(barrier, 'data')
    await expect(startEmbedded({ dataDir })).rejects.toThrow(
      `who cannot enter ${barrier}: run "chmod o+x ${barrier}", or set DATA_DIR to a folder that everyone can reach`,
    )
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
    chmodSync(barrier, 0o711)
    await start(dataDir)
    expect(statSync(join(dataDir, 'postgres')).uid).not.toBe(0)
  },
)

test('without npm’s install script, a start links the libraries', () => {
  const native = makeFolder()
  mkdirSync(join(native, 'lib'))
  writeFileSync(join(native, 'lib/liba.so.1.2'), 'a')
  const links = ['liba.so', 'liba.so.1'].map((name) => ({
    source: 'native/lib/liba.so.1.2',
    target: `native/lib/${name}`,
  }))
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  expect([linkLibraries(native), linkLibraries(native)]).toEqual([true, true])
  for (const name of ['liba.so', 'liba.so.1'])
    expect(readFileSync(join(native, 'lib', name), 'utf8')).toBe('a')
})
