import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
  SchemaVersionMismatchError,
} from 'bullmq'
import pg from 'pg'
import { ConfigError } from '../config.ts'

/** Creates or updates the tables of BullMQ's PostgreSQL backend, in a schema of their own. */
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
 * Whether the tables of BullMQ's PostgreSQL backend are those of the BullMQ that is installed, or later ones that it can work on.
 * Throws `ConfigError` where they are too new for it.
 */
export async function isQueueUpToDate(client: pg.Client): Promise<boolean> {
  const {
    rows: [table],
  } = await client.query<{ readable: boolean | null }>(
    `select has_table_privilege(to_regclass('bullmq.migration'), 'select') as readable`,
  )
  // The tables are there, for somebody else: a service whose queue is in Redis needs no right to them.
  if (table?.readable === false) return true
  try {
    return (await assertSchemaCompatibility(client)) >= LATEST_SCHEMA_VERSION
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return false
    if (!(error instanceof SchemaVersionMismatchError)) throw error
    throw new ConfigError(
      `DATABASE_URL: the queue's tables are those of BullMQ ${error.minimumClientVersion}, this version of Ringproof ` +
        `has BullMQ ${error.clientVersion}: run the newer Ringproof that migrated them, or restore the backup made before`,
    )
  }
}
