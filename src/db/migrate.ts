import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sql as text } from 'drizzle-orm'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import type pg from 'pg'
import { ConfigError, readConfig } from '../process/config.ts'
import { withoutQuery } from '../process/without-query.ts'
import { isQueueUpToDate, migrateQueue } from '../queue/migrate.ts'
import { type Db, isOutage, openDb } from './client.ts'
import { hasThisMonth, makePartitions } from './partitions.ts'
import { connectOnce } from './reach.ts'

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))
const LOCK = 7_411_001
const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * Brings the database up to this version: our tables with their partitions, and those of the queue's PostgreSQL
 * backend. Any number of processes may call it at once. On a database that is up to date it needs no right to change anything.
 * Throws `ConfigError` if the database is unreachable, may not be changed, or belongs to a newer version.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  if (!(await isUpToDate(databaseUrl))) await apply(databaseUrl)
  const db = openDb(databaseUrl, { max: 1, name: 'ringproof partitions' })
  try {
    await makeMonths(db)
  } finally {
    await db.close()
  }
}

/** Coming months can wait, for example until a dump has ended: a worker makes them as well, and says why it could not. */
async function makeMonths({ sql }: Pick<Db, 'sql'>): Promise<void> {
  try {
    await makePartitions(sql)
  } catch (error) {
    const { code, message } = withoutQuery(error) as { code?: string; message?: string }
    if (isOutage(error) || !(await hasThisMonth(sql))) {
      if (code !== INSUFFICIENT_PRIVILEGE) throw error
      throw new ConfigError(
        `DATABASE_URL: the partitions of this month cannot be made (${message}): run "npm run migrate" as the owner`,
      )
    }
  }
}

async function apply(databaseUrl: string): Promise<void> {
  const db = openDb(databaseUrl, { max: 1, name: 'ringproof migrate', silenceMs: 0 })
  try {
    await db.orm.execute(
      text`select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)`,
    )
    await db.orm.execute(text`select pg_advisory_lock(${LOCK})`)
    await refusePreview(db)
    await applyMigrations(db.orm, { migrationsFolder: FOLDER })
    await migrateQueue(databaseUrl)
  } catch (error) {
    const { code, message } = withoutQuery(error) as { code?: string; message?: string }
    if (code !== INSUFFICIENT_PRIVILEGE) throw error
    throw new ConfigError(
      `DATABASE_URL: its user may not migrate the database (${message}): run "npm run migrate" as the owner`,
    )
  } finally {
    await db.close()
  }
}

/** The tables of previews were not partitioned. Throws `ConfigError` for a database that has them. */
async function refusePreview({ orm }: Pick<Db, 'orm'>): Promise<void> {
  const { rows } = await orm.execute(
    text`select from pg_class where oid = to_regclass('public.verifications') and relkind = 'r'`,
  )
  if (rows.length === 0) return
  throw new ConfigError(
    'DATABASE_URL: the database was made by a preview of Ringproof and cannot be upgraded: use an empty one',
  )
}

async function isUpToDate(databaseUrl: string): Promise<boolean> {
  const client = await connectOnce(databaseUrl)
  try {
    return (await areOwnTablesUpToDate(client)) && (await isQueueUpToDate(client))
  } finally {
    await client.end()
  }
}

async function areOwnTablesUpToDate(client: pg.Client): Promise<boolean> {
  const journal = JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, 'utf8')) as {
    entries: { when: number }[]
  }
  const newest = Math.max(...journal.entries.map((entry) => entry.when))
  const { rows: tables } = await client.query<{ ready: boolean }>(
    `select to_regclass('drizzle.__drizzle_migrations') is not null as ready`,
  )
  if (!tables[0]?.ready) return false
  const { rows: applied } = await client.query<{ newest: string | null }>(
    'select max(created_at) as newest from drizzle.__drizzle_migrations',
  )
  return Number(applied[0]?.newest ?? 0) >= newest
}

// Deployments set up for earlier versions run this file as their migration step; today it is `admin migrate`.
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
