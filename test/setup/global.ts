import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/db/migrate.ts'
import { startEmbedded } from '../../src/embedded/embedded.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated database without connections, which `createTestDatabase` clones. */
    templateUrl: string
  }
}

/** One PostgreSQL for the whole run, in a temporary folder. It ends with the run, however that ends. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const database = await startEmbedded({ ephemeral: true, log: (line) => console.error(line) })
  try {
    await migrate(database.url)
  } catch (error) {
    await database.stop()
    throw error
  }
  project.provide('templateUrl', database.url)
  return () => database.stop()
}
