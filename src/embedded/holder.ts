import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { holdLock } from '../process/lock.ts'
import { type Cluster, choosePort, DATABASE, prepareCluster } from './cluster.ts'
import { EmbeddedError } from './error.ts'
import { type Postmaster, startPostmaster, stopOrphan, stopPostmaster } from './postmaster.ts'

/**
 * A process that only holds PostgreSQL: it stops PostgreSQL on SIGTERM, on SIGINT and when its parent dies,
 * and exits when PostgreSQL does. Its one argument is `HolderOptions` as JSON.
 */
export type HolderOptions = { dataDir: string | null; port?: number; ephemeral: boolean }

const options = JSON.parse(process.argv[2] ?? '{}') as HolderOptions
const interrupted = new AbortController()
let postmaster: Postmaster | null = null
let temporary: string | null = null
let stopping = false

async function hold(): Promise<void> {
  const dataDir = dataFolder()
  const lock = holdLock(join(dataDir, 'postgres.lock'), { patienceMs: 4000 })
  if (!lock)
    throw new EmbeddedError(
      `The database in ${dataDir} is in use by another instance: stop it, or set another DATA_DIR`,
    )
  await stopOrphan(join(dataDir, 'postgres'))
  const cluster = await prepareCluster(dataDir, { ephemeral: options.ephemeral, signal: interrupted.signal })
  const { port, ended } = await startWithRetries(cluster, dataDir)
  ended.then(() => end(stopping ? null : 'PostgreSQL ended unexpectedly'))
  process.send?.({
    ready: true,
    url: `postgres://${DATABASE}:${cluster.password}@127.0.0.1:${port}/${DATABASE}`,
  })
}

/**
 * Retries, since a first failure may pass: sessions of a killed PostgreSQL need a moment to notice, and
 * another process can take a free port before PostgreSQL does.
 */
async function startWithRetries(
  cluster: Cluster,
  dataDir: string,
): Promise<{ port: number; ended: Promise<void> }> {
  for (let triesLeft = 4; ; triesLeft--) {
    const port = await choosePort(dataDir, options.port)
    try {
      interrupted.signal.throwIfAborted()
      const started = startPostmaster(cluster, { port, ephemeral: options.ephemeral })
      postmaster = started
      await started.ready
      return { port, ended: started.ended }
    } catch (error) {
      if (triesLeft === 0 || stopping) throw error
      await sleep(300)
    }
  }
}

function dataFolder(): string {
  if (options.dataDir === null) {
    temporary = realpathSync(mkdtempSync(join(tmpdir(), 'ringproof-')))
    return temporary
  }
  mkdirSync(resolve(options.dataDir), { recursive: true })
  return realpathSync(resolve(options.dataDir))
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  interrupted.abort()
  if (postmaster?.process.pid) await stopPostmaster(postmaster.process.pid, options)
  end(null)
}

function end(trouble: string | null): never {
  if (trouble) console.error(trouble)
  if (temporary) rmSync(temporary, { recursive: true, force: true })
  process.exit(trouble ? 1 : 0)
}

process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.on('disconnect', stop)
hold().catch((error: unknown) => {
  if (stopping) return
  end(error instanceof EmbeddedError ? error.message : String((error as Error).stack))
})
