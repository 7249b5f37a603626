import { createApp } from '../../src/app.ts'
import { readServiceConfig } from '../../src/process/config.ts'
import { createTenant } from '../../src/tenants/create.ts'
import { publicId } from '../../src/values/ids.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { type Stack, startStack } from '../setup/processes.ts'
import { type Browser, startBrowser } from './browser.ts'

export type ConsoleTest = {
  stack: Stack
  browser: Browser
  database: TestDatabase
  /** Makes a key, of the first tenant unless `tenant` says otherwise. */
  newKey(input: Record<string, unknown>): Promise<string>
  /** The public id of a further tenant. */
  newTenant(name: string): Promise<string>
  stop(): Promise<void>
}

/** The whole service, and a browser in front of it. */
export async function startConsole(): Promise<ConsoleTest> {
  const database = await createTestDatabase()
  const stack = await startStack({ databaseUrl: database.url })
  const browser = await startBrowser(stack.url)
  return {
    stack,
    browser,
    database,
    async newKey(input) {
      const body = { name: 'a key', scopes: ['verify', 'read'], ...input }
      const answer = await stack.request('POST', '/v1/api-keys', { key: stack.adminKey, body })
      if (answer.status !== 201) throw new Error(answer.text)
      return answer.body.secret
    },
    async newTenant(name) {
      const config = readServiceConfig({
        DATABASE_URL: database.url,
        SECRET_KEY: stack.secretKey,
        LOG_LEVEL: 'silent',
      })
      const app = createApp(config, 'test')
      try {
        const tenant = await createTenant(app, { name, defaultRegion: 'RU' })
        return publicId('tenant', tenant?.id ?? '')
      } finally {
        await app.close()
      }
    },
    async stop() {
      await browser.close()
      await stack.stop()
      await database.drop()
    },
  }
}
