import { randomBytes } from 'node:crypto'
import { createApp } from '../../src/app.ts'
import type { ApiKeyActor, ClientContext, Context } from '../../src/context.ts'
import { readServiceConfig } from '../../src/process/config.ts'
import type { Providers } from '../../src/providers/registry.ts'
import type { SandboxOptions } from '../../src/sandbox/app.ts'
import { type RunningSandbox, startSandbox } from '../../src/sandbox/server.ts'
import { createTenant } from '../../src/tenants/create.ts'
import { newId } from '../../src/values/ids.ts'
import { createTestDatabase } from './database.ts'

type Operators = {
  providers?: Providers
  simulators?: SandboxOptions['simulators']
  /** Simulated operators know the end of a call after a tenth of the usual time. */
  shortCalls?: boolean
}

/** An app with its own database and sandbox, without an HTTP server or a worker process. */
export async function startTestApp(
  env: Record<string, string> = {},
  { providers, simulators, shortCalls = false }: Operators = {},
) {
  const database = await createTestDatabase()
  const sandbox = await startSandbox({ simulators })
  if (shortCalls) shortenCalls(sandbox)
  const config = readServiceConfig({
    DATABASE_URL: database.url,
    SECRET_KEY: randomBytes(32).toString('base64'),
    SANDBOX_URL: sandbox.url,
    LOG_LEVEL: 'silent',
    ...env,
  })
  let ahead = 0
  const clock = () => performance.now() + ahead
  const app = createApp(config, 'test', { clock, providers })

  async function newTenant(name = 'tenant'): Promise<ClientContext> {
    const tenant = await createTenant(app, { name, defaultRegion: 'RU' })
    if (!tenant) throw new Error('the tenant was not created')
    return clientContext(tenant.id)
  }

  function clientContext(tenantId: string, overrides: Partial<ApiKeyActor> = {}): ClientContext {
    const scopes = ['verify', 'read', 'billing'] as const
    const actor: ApiKeyActor = {
      type: 'api_key',
      keyId: newId(),
      tenantId,
      livemode: false,
      scopes,
      defaultRegion: 'RU',
      ...overrides,
    }
    return { ...app, actor, requestId: 'req_test' }
  }

  const worker: Context = { ...app, actor: { type: 'worker' }, requestId: null }

  return {
    app,
    worker,
    sandbox,
    database,
    newTenant,
    clientContext,
    clock,
    /** Ages every cache that uses `clock`. */
    passTime(ms: number): void {
      ahead += ms
    },
    async stop() {
      await app.close()
      await sandbox.close()
      await database.drop()
    },
  }
}

function shortenCalls({ calls }: RunningSandbox): void {
  const { dial } = calls
  calls.dial = ({ course, ...call }) =>
    dial({
      ...call,
      course: {
        ...course,
        ringsAfterMs: course.ringsAfterMs && course.ringsAfterMs / 10,
        endsAfterMs: course.endsAfterMs / 10,
        reportedAfterMs: course.reportedAfterMs / 10,
      },
    })
}

export type TestApp = Awaited<ReturnType<typeof startTestApp>>
