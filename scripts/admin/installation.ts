import { createApp } from '../../src/app.ts'
import { ConfigError, readConfig, readServiceConfig } from '../../src/config.ts'
import type { ClientContext, Scope } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { parseId } from '../../src/ids.ts'
import { findInstallation } from '../../src/standalone/installation.ts'
import { prepareInstallation } from '../../src/tenants/bootstrap.ts'

export type Installation = {
  /** Acts for a tenant (public id), the first one by default, as `system`. */
  as(tenant?: string): Promise<ClientContext>
  close(): Promise<void>
}

const SCOPES: Scope[] = ['verify', 'read', 'billing', 'admin']

/** The installation that the environment or DATA_DIR names; opened when it is first needed, so that mistakes are told at once. */
export function theInstallation(): Installation {
  let opened: Promise<Installation> | undefined
  return {
    async as(tenant) {
      opened ??= open()
      return (await opened).as(tenant)
    },
    async close() {
      await (await opened?.catch(() => null))?.close()
    },
  }
}

/** Throws `ConfigError`. */
async function open(): Promise<Installation> {
  const { DATA_DIR, DATABASE_URL, SECRET_KEY } = readConfig()
  const found = findInstallation(DATA_DIR)
  const databaseUrl = DATABASE_URL ?? found.databaseUrl
  const secretKey = SECRET_KEY?.toString('base64') ?? found.secretKey
  if (!databaseUrl || !secretKey) {
    throw new ConfigError(
      `Set DATABASE_URL and SECRET_KEY, or DATA_DIR to the folder of a running npm start (${DATA_DIR} is none).`,
    )
  }
  const places = { DATABASE_URL: databaseUrl, SECRET_KEY: secretKey }
  const config = readServiceConfig({ ...process.env, ...places, LOG_LEVEL: 'silent' })
  await prepareInstallation(config, { printTestKey: false })
  const app = createApp(config, 'admin')

  async function as(tenant?: string): Promise<ClientContext> {
    const id = tenant === undefined ? undefined : parseId('tenant', tenant)
    const [row] = await app.db.sql<{ id: string; defaultRegion: string | null }[]>`
      select id, default_region from tenants
      where deleted_at is null and ${id === undefined ? app.db.sql`is_first` : app.db.sql`id = ${id}`}`
    if (!row) throw new AppError('not_found', { detail: 'There is no such tenant.' })
    const { id: tenantId, defaultRegion } = row
    const actor = { type: 'system' as const, tenantId, defaultRegion, livemode: true, scopes: SCOPES }
    return { ...app, actor, requestId: null }
  }

  return { as, close: () => app.close() }
}
