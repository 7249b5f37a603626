import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { migrate } from '../../src/db/migrate.ts'
import { findBinaries } from '../../src/embedded/binaries.ts'
import { BARE_ENVIRONMENT } from '../../src/embedded/cluster.ts'
import { startEmbedded } from '../../src/embedded/embedded.ts'
import { runAs } from '../../src/embedded/user.ts'
import { freePort } from './ports.ts'
import { waitFor } from './wait.ts'

/** A migrated PostgreSQL of its own, and a streaming replica of it. */
export async function startReplicated() {
  const dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'ringproof-replica-')))
  const primary = await startEmbedded({ dataDir, ephemeral: true })
  await migrate(primary.url)
  const sql = postgres(primary.url, { max: 1, onnotice: () => {} })
  const own = join(dataDir, 'replica')
  await copyCluster(sql, join(dataDir, 'postgres'), own)
  const url = new URL(primary.url)
  const { username, password, port } = url
  appendFileSync(
    join(own, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${port} user=${username} password=${password}'\n`,
  )
  const user = runAs(own)
  if (user) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, own])
  const { postgres: program } = findBinaries(dataDir, user)
  url.port = String(await freePort())
  const settings = {
    port: url.port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 300,
    shared_preload_libraries: 'pg_stat_statements',
    fsync: 'off',
    wal_retrieve_retry_interval: '100ms',
    // Short: a test waits for it. Long enough for every list.
    max_standby_streaming_delay: '500ms',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  // It ends when its input does, and so also when this process is killed.
  const args = ['-c', '"$@" & cat; kill -QUIT $!; wait', 'sh', program, '-D', own, ...options]
  const replica = postgres(url.href, { max: 1, onnotice: () => {}, backoff: () => 0.05 })
  let child: ChildProcess | null = null

  /** Starts the replica, and waits until it answers. */
  async function start(): Promise<void> {
    child = spawn('/bin/sh', args, {
      uid: user?.uid,
      gid: user?.gid,
      cwd: '/',
      env: { ...BARE_ENVIRONMENT, PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await waitFor(() => replica`select`, { what: 'the replica', timeoutMs: 30_000 })
  }

  /** Ends the replica and every session on it at once. */
  async function kill(): Promise<void> {
    if (!child) return
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    child.stdin?.end()
    await ended
    child = null
  }

  await start()
  return {
    url: primary.url,
    readUrl: url.href,
    /** Sessions on the primary and on the replica. */
    primary: sql,
    replica,
    start,
    kill,
    /** Resolves when the replica has replayed all that the primary has committed. */
    async catchUp(): Promise<void> {
      const [written] = await sql<{ at: string }[]>`select pg_current_wal_lsn()::text as at`
      const at = written?.at ?? ''
      await waitFor(
        async () => (await replica`select pg_last_wal_replay_lsn() >= ${at}::pg_lsn as done`)[0]?.done,
        { what: 'the replay' },
      )
    },
    async stop(): Promise<void> {
      await kill()
      await Promise.all([sql.end({ timeout: 1 }), replica.end({ timeout: 1 })])
      await primary.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export type Replicated = Awaited<ReturnType<typeof startReplicated>>

/** A base backup of a running cluster as a standby: the package ships no pg_basebackup. */
async function copyCluster(sql: postgres.Sql, from: string, to: string): Promise<void> {
  await sql`select pg_backup_start('replica', fast => true)`
  execFileSync('cp', ['-a', from, to])
  const [label] = await sql<{ labelfile: string }[]>`
    select labelfile from pg_backup_stop(wait_for_archive => false)`
  for (const name of readdirSync(join(to, 'pg_wal'))) {
    rmSync(join(to, 'pg_wal', name), { recursive: true })
  }
  for (const name of ['postmaster.pid', 'postmaster.opts']) rmSync(join(to, name), { force: true })
  writeFileSync(join(to, 'backup_label'), label?.labelfile ?? '')
  writeFileSync(join(to, 'standby.signal'), '')
}
