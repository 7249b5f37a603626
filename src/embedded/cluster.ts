import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { writeAtomically } from '../process/write-atomically.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { EmbeddedError } from './error.ts'
import { firstUnreachable, type RunAs, runAs } from './user.ts'

export const DATABASE = 'ringproof'

/** PostgreSQL's processes inherit nothing from our environment. */
export const BARE_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' }

export type Cluster = { folder: string; dataDir: string; password: string; user: RunAs; binaries: Binaries }

/**
 * Finds the data of an earlier start under `dataDir` (an absolute path), or creates it. Hold its lock first.
 */
export async function prepareCluster(
  dataDir: string,
  options: { ephemeral: boolean; signal: AbortSignal },
): Promise<Cluster> {
  const folder = join(dataDir, 'postgres')
  const exists = holdsDatabase(folder)
  const user = runAs(folder)
  letThrough(dataDir, user)
  const binaries = findBinaries(dataDir, user)
  const passwordFile = join(dataDir, 'postgres-password')
  const kept = readPassword(passwordFile)
  const cluster = { folder, dataDir, password: kept ?? randomBytes(24).toString('hex'), user, binaries }
  if (exists && !kept) await setPassword(cluster, options.signal)
  if (!kept) writeAtomically(passwordFile, cluster.password)
  if (!exists) await initialise(cluster, options)
  return cluster
}

function holdsDatabase(folder: string): boolean {
  const version = join(folder, 'PG_VERSION')
  if (existsSync(version) && statSync(version).size > 0) return true
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new EmbeddedError(
      `${folder} holds an incomplete database (PG_VERSION is missing or empty): restore it from your backup, or move it away to start fresh`,
    )
  }
  rmSync(folder, { recursive: true, force: true })
  return false
}

/** Null if the file is missing, or a power cut emptied or tore it. */
export function readPassword(file: string): string | null {
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  return /^[0-9a-f]{48}$/.test(text) ? text : null
}

/**
 * Anyone who can write the data folder may set the password. Runs without a server, so no one else can
 * connect meanwhile.
 */
async function setPassword(cluster: Cluster, signal: AbortSignal): Promise<void> {
  console.error(`${join(cluster.dataDir, 'postgres-password')} is missing or damaged: setting a new password`)
  const args = ['--single', '-D', cluster.folder, 'postgres']
  const statement = `alter role ${DATABASE} password '${cluster.password}'\n`
  await run(cluster, signal, cluster.binaries.postgres, args, statement)
}

/** Lets the other user pass through our own folder; the folders above it are not ours to change. */
function letThrough(dataDir: string, user: RunAs): void {
  if (!user) return
  chmodSync(dataDir, statSync(dataDir).mode | 0o011)
  const barrier = firstUnreachable(dataDir, user)
  if (!barrier) return
  throw new EmbeddedError(
    `PostgreSQL does not run as root but as "${user.name}", who cannot enter ${barrier}: ` +
      `run "chmod o+x ${barrier}", or set DATA_DIR to a folder that everyone can reach (or DATABASE_URL)`,
  )
}

/** Works under another name until done, so an interrupted first start leaves nothing half made. */
async function initialise(
  cluster: Cluster,
  options: { ephemeral: boolean; signal: AbortSignal },
): Promise<void> {
  for (const name of readdirSync(cluster.dataDir).filter((name) => name.startsWith('postgres.new'))) {
    rmSync(join(cluster.dataDir, name), { recursive: true, force: true })
  }
  // A new folder each time: an initdb that outlived its start may still write into the previous one.
  const partial = mkdtempSync(`${cluster.folder}.new-`)
  const passwordFile = join(partial, 'password')
  const giveToUser = (path: string) => cluster.user && chownSync(path, cluster.user.uid, cluster.user.gid)
  giveToUser(partial)
  const data = join(partial, 'data')
  writeFileSync(passwordFile, cluster.password, { mode: 0o600 })
  giveToUser(passwordFile)
  await run(cluster, options.signal, cluster.binaries.initdb, [
    `--pgdata=${data}`,
    `--username=${DATABASE}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    '--set=max_connections=100',
    '--set=shared_buffers=128MB',
    ...(options.ephemeral ? ['--no-sync'] : []),
  ])
  await run(
    cluster,
    options.signal,
    cluster.binaries.postgres,
    ['--single', '-D', data, ...(options.ephemeral ? ['-F'] : []), 'postgres'],
    `create database ${DATABASE}\n`,
  )
  renameSync(data, cluster.folder)
  rmSync(partial, { recursive: true, force: true })
}

function run(
  cluster: Cluster,
  signal: AbortSignal,
  program: string,
  args: string[],
  input = '',
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { uid, gid } = cluster.user ?? {}
    const child = spawn(program, args, {
      uid,
      gid,
      cwd: '/',
      env: BARE_ENVIRONMENT,
      signal,
      killSignal: 'SIGKILL',
    })
    let output = ''
    child.stdout.resume()
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000)
    })
    child.stdin.on('error', () => {}).end(input)
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) return resolve()
      reject(new EmbeddedError(`PostgreSQL could not create its data folder: ${reasonIn(output)}`))
    })
  })
}

/** Why PostgreSQL ended: its last error with detail and hint, without times and process ids. */
export function reasonIn(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const at = lines.findLastIndex((line) => /FATAL:|PANIC:|ERROR:|error:/.test(line))
  if (at < 0) return lines.findLast((line) => line) ?? 'no reason given'
  const added = lines.slice(at + 1).filter((line) => /DETAIL:|HINT:/.test(line))
  return [lines[at] ?? '', ...added]
    .map((line) => line.replace(/^.*?(?=(FATAL|PANIC|ERROR|DETAIL|HINT):)/, ''))
    .join(' ')
}

/** The port of the last start if it is still free, or any free port. */
export async function choosePort(dataDir: string, wanted: number | undefined): Promise<number> {
  const file = join(dataDir, 'postgres-port')
  const last = readPort(file)
  const port = wanted ?? ((last && (await freePort(last))) || (await freePort(0)))
  if (!port) throw new EmbeddedError('No port on 127.0.0.1 is free for PostgreSQL')
  if (port !== last) writeAtomically(file, String(port))
  return port
}

/** Null if the file is missing or holds no port. */
export function readPort(file: string): number | null {
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  // A number below 1024 was cut off.
  return /^\d{4,5}$/.test(text) && Number(text) >= 1024 && Number(text) < 65_536 ? Number(text) : null
}

/** `wanted` if free, else 0; any free port if `wanted` is 0. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(0))
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address && typeof address === 'object' ? address.port : 0))
    })
  })
}
