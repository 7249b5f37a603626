import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../src/db/migrate.ts'
import { type Embedded, startEmbedded } from '../../src/embedded/embedded.ts'
import { waitFor } from '../setup/wait.ts'

export type CrashingDatabase = {
  url: string
  /** Stops as in a crash (PostgreSQL's immediate mode), and restarts at the same address. */
  crash(): Promise<void>
  stop(): Promise<void>
}

/** A PostgreSQL that keeps its commits, as in production: synchronous, synced to disk. */
export async function startCrashingDatabase(): Promise<CrashingDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ringproof-faults-'))
  const port = (url: string) => Number(new URL(url).port)
  let database: Embedded = await startEmbedded({ dataDir })
  const { url } = database
  await migrate(url)

  function postmaster(): number {
    return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
  }
  return {
    url,
    async crash() {
      process.kill(postmaster(), 'SIGQUIT')
      await database.stop()
      database = await waitFor(() => startEmbedded({ dataDir, port: port(url) }), { timeoutMs: 30_000 })
      if (database.url !== url) throw new Error('PostgreSQL came back at another address')
    },
    async stop() {
      await database.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
