import { migrate } from '../db/migrate.ts'
import { ConfigError, readConfig } from '../process/config.ts'
import { command } from './command.ts'

export const migrateCommand = command({
  says: 'Migrates the database to this version; does nothing if it is up to date. Needs DATABASE_URL with a user who may alter the tables.',
  async run() {
    const { DATABASE_URL } = readConfig()
    if (!DATABASE_URL) throw new ConfigError('DATABASE_URL: must be set to migrate a database')
    await migrate(DATABASE_URL)
    return 'The database is up to date.'
  },
})
