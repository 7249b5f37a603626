import { createApp } from '../app.ts'
import type { ClientContext, Scope } from '../context.ts'
import { UnreachableDatabase } from '../db/reach.ts'
import { ConfigError, readConfig, readServiceConfig } from '../process/config.ts'
import { serviceEnvironment } from '../standalone/environment.ts'
import { findInstallation } from '../standalone/installation.ts'
import { prepareInstallation } from '../tenants/bootstrap.ts'
import { findTenant } from '../tenants/find.ts'

export type Installation = {
  /** A context that acts as `system` for a tenant (public id), the first by default, on live data by default. */
  as(tenant?: string, mode?: { livemode: boolean }): Promise<ClientContext>
  /** The same for the options `--tenant` and `--test`. */
  for(values: Record<string, unknown>): Promise<ClientContext>
  close(): Promise<void>
}

const SCOPES: Scope[] = ['verify', 'read', 'billing', 'admin']

/**
 * The installation that the environment or DATA_DIR names. Opens it lazily, so that wrong usage is reported
 * at once.
 */
export function theInstallation(): Installation {
  let opened: Promise<Omit<Installation, 'for'>> | undefined
  async function as(tenant?: string, mode?: { livemode: boolean }): Promise<ClientContext> {
    opened ??= open()
    return (await opened).as(tenant, mode)
  }
  return {
    as,
    for: ({ tenant, test }) =>
      as(typeof tenant === 'string' ? tenant : undefined, { livemode: test !== true }),
    async close() {
      await (await opened?.catch(() => null))?.close()
    },
  }
}

/** Opens the installation. Throws `ConfigError`. */
async function open(): Promise<Omit<Installation, 'for'>> {
  const { DATA_DIR, DATABASE_URL, SECRET_KEY } = readConfig()
  const found = findInstallation(DATA_DIR)
  const databaseUrl = DATABASE_URL ?? found.databaseUrl
  const secretKey = SECRET_KEY?.toString('base64') ?? found.secretKey
  if (!databaseUrl || !secretKey) {
    throw new ConfigError(
      `Set DATABASE_URL and SECRET_KEY, or DATA_DIR to the folder of a running npm start (${DATA_DIR} is not one).`,
    )
  }
  const places = { DATABASE_URL: databaseUrl, SECRET_KEY: secretKey }
  const config = readServiceConfig(serviceEnvironment({ ...places, LOG_LEVEL: 'silent' }))
  try {
    await prepareInstallation(config, { printTestKey: false })
  } catch (error) {
    if (DATABASE_URL || !(error instanceof UnreachableDatabase)) throw error
    throw new ConfigError(`The database of ${DATA_DIR} does not answer: is npm start running?`)
  }
  const app = createApp(config, 'admin')

  async function as(tenant?: string, { livemode } = { livemode: true }): Promise<ClientContext> {
    const { id: tenantId, defaultRegion } = await findTenant(app, tenant)
    const actor = { type: 'system' as const, tenantId, defaultRegion, livemode, scopes: SCOPES }
    return { ...app, actor, requestId: null }
  }

  return { as, close: () => app.close() }
}
