import { runMigrations } from 'bullmq'
import pg from 'pg'

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
