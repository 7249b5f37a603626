import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
  SchemaVersionMismatchError,
} from 'bullmq'
import pg from 'pg'
import { ConfigError } from '../process/config.ts'

const INSUFFICIENT_PRIVILEGE = '42501'

/** Creates or updates the tables of BullMQ's PostgreSQL backend, in their own schema. */
export async function migrateQueue(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await runMigrations(client)
  } finally {
    await client.end()
  }
}

/**
 * Whether the tables of BullMQ's PostgreSQL backend fit the installed BullMQ, or are later ones that it
 * supports. Throws `ConfigError` if they are too new for it.
 */
export async function isQueueUpToDate(client: pg.Client): Promise<boolean> {
  try {
    return (await assertSchemaCompatibility(client)) >= LATEST_SCHEMA_VERSION
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return false
    // The tables belong to another role: a service whose queue is in Redis needs no right to them.
    if ((error as { code?: string }).code === INSUFFICIENT_PRIVILEGE) return true
    if (!(error instanceof SchemaVersionMismatchError)) throw error
    throw new ConfigError(
      `DATABASE_URL: the queue's tables need BullMQ ${error.minimumClientVersion}, this version of Ringproof ` +
        `has BullMQ ${error.clientVersion}: run the newer Ringproof that migrated them, or restore the backup made before`,
    )
  }
}
