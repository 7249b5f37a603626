import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sql as text } from 'drizzle-orm'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import { ConfigError, readConfig } from '../config.ts'
import { migrateQueue } from '../queue/migrate.ts'
import { type Db, openDb } from './client.ts'

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))
const LOCK = 7_411_001

/**
 * Brings the database up to this version: our tables, and those of the queue's PostgreSQL backend.
 * Any number of processes may call it at once. A database that is up to date needs no right to change it.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const db = openDb(databaseUrl, { max: 1, name: 'ringproof migrate', silenceMs: 0 })
  try {
    if (await isUpToDate(db)) return
    await db.orm.execute(
      text`select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)`,
    )
    await db.orm.execute(text`select pg_advisory_lock(${LOCK})`)
    await applyMigrations(db.orm, { migrationsFolder: FOLDER })
    await migrateQueue(databaseUrl)
  } finally {
    await db.close()
  }
}

async function isUpToDate(db: Db): Promise<boolean> {
  const journal = JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, 'utf8')) as {
    entries: { when: number }[]
  }
  const newest = Math.max(...journal.entries.map((entry) => entry.when))
  const [tables] = await db.sql<{ ready: boolean }[]>`
    select to_regclass('drizzle.__drizzle_migrations') is not null and to_regnamespace('bullmq') is not null as ready`
  if (!tables?.ready) return false
  const [applied] = await db.sql<{ newest: bigint | null }[]>`
    select max(created_at) as newest from drizzle.__drizzle_migrations`
  return Number(applied?.newest ?? 0) >= newest
}

if (import.meta.main) {
  try {
    const { DATABASE_URL } = readConfig()
    if (!DATABASE_URL) throw new ConfigError('DATABASE_URL: must be set to migrate a database')
    await migrate(DATABASE_URL)
    console.log('The database is up to date.')
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error)
    process.exitCode = 1
  }
}
