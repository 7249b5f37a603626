import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BARE_ENVIRONMENT, type Cluster, reasonIn } from './cluster.ts'
import { EmbeddedError } from './error.ts'
import { processesOn } from './processes.ts'

const START_TIMEOUT_MS = 120_000
const LOG_BYTES_MAX = 10_000_000

/** `ready` rejects if PostgreSQL ends, or is not ready in time; `ended` never rejects. */
export type Postmaster = { process: ChildProcess; ready: Promise<void>; ended: Promise<void> }

/** Starts PostgreSQL on 127.0.0.1 only. */
export function startPostmaster(cluster: Cluster, options: { port: number; ephemeral: boolean }): Postmaster {
  const logFile = join(cluster.dataDir, 'postgres.log')
  const log = openSync(logFile, 'a', 0o600)
  if (statSync(logFile).size > LOG_BYTES_MAX) truncateSync(logFile)
  const logStart = statSync(logFile).size
  const child = spawn(cluster.binaries.postgres, ['-D', cluster.folder, ...settings(options)], {
    uid: cluster.user?.uid,
    gid: cluster.user?.gid,
    cwd: '/',
    env: BARE_ENVIRONMENT,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  return { process: child, ended, ready: untilReady() }

  async function untilReady(): Promise<void> {
    let running = true
    ended.then(() => {
      running = false
    })
    const deadline = performance.now() + START_TIMEOUT_MS
    while (running) {
      const file = readPidFile(cluster.folder)
      if (file?.pid === child.pid && file?.status === 'ready') return
      if (performance.now() > deadline) {
        throw new EmbeddedError(`PostgreSQL is not ready after ${START_TIMEOUT_MS / 1000} s, see ${logFile}`)
      }
      await Promise.race([sleep(15), ended])
    }
    const reason = reasonIn(readFileSync(logFile).subarray(logStart).toString('utf8'))
    throw new EmbeddedError(`PostgreSQL did not start: ${reason} (see ${logFile})`)
  }
}

function settings({ port, ephemeral }: { port: number; ephemeral: boolean }): string[] {
  const shared = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: ephemeral ? 300 : 100,
    shared_buffers: '128MB',
    max_wal_size: '512MB',
    shared_preload_libraries: 'pg_stat_statements',
  }
  const durability = ephemeral
    ? { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }
    : { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' }
  return Object.entries({ ...shared, ...durability }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/**
 * Stops within about three seconds: a fast shutdown, then an immediate one (recovery at the next start), then
 * a kill.
 */
export async function stopPostmaster(pid: number, options: { ephemeral: boolean }): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', options.ephemeral ? 0 : 1800],
    ['SIGQUIT', 1000],
    ['SIGKILL', 1000],
  ]
  for (const [signal, patienceMs] of steps) {
    if (patienceMs === 0) continue
    send(pid, signal)
    const deadline = performance.now() + patienceMs
    while (performance.now() < deadline) {
      if (!isAlive(pid)) return
      await sleep(10)
    }
  }
}

/**
 * Stops the PostgreSQL that an earlier start left running when everything above it was killed, and sessions
 * that outlived it. Removes a `postmaster.pid` that would block the next start: its process id may belong to
 * another process by now, and a power cut may have emptied or torn the file. Throws `EmbeddedError` if such a
 * file exists and a server may still run.
 */
export async function stopOrphan(folder: string): Promise<void> {
  const { pids, certain } = processesOn(folder)
  for (const pid of pids) if (isAlive(pid)) await stopPostmaster(pid, { ephemeral: false })
  const pidFile = join(folder, 'postmaster.pid')
  const pid = readPidFile(folder)?.pid
  // If that process is gone, PostgreSQL itself makes sure that no session is left.
  if (!existsSync(pidFile) || (pid && !isListed(pid))) return
  if (!certain) {
    throw new EmbeddedError(
      `${pidFile} was left by a crash, and processes cannot be listed here to see if PostgreSQL still runs on it: ` +
        'make sure that it does not, delete the file, and start again',
    )
  }
  rmSync(pidFile, { force: true })
}

/**
 * PostgreSQL's own file: line 1 is the process id, line 2 the folder, line 8 the status, padded with blanks.
 * Null for a torn file.
 */
function readPidFile(folder: string): { pid: number; status: string } | null {
  try {
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(lines[0])
    return pid > 1 && lines[1] === folder ? { pid, status: (lines[7] ?? '').trim() } : null
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  return isListed(pid) && !isZombie(pid)
}

function isListed(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** In a container whose first process does not reap, an orphan stays listed forever. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
  } catch {
    return true
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended between the check and the signal.
  }
}
