import type { App } from '../context.ts'
import type { providerAccounts } from '../db/schema/index.ts'
import { getProvider } from '../providers/registry.ts'
import { publicId } from '../values/ids.ts'
import { savedSettings } from './saved-settings.ts'
import type { AccountView } from './schemas.ts'

type Row = typeof providerAccounts.$inferSelect

/** An account as clients see it: without its credentials. */
export function presentAccount(row: Row, { providers }: Pick<App, 'providers'>): AccountView {
  const settings = savedSettings(row.settings)
  return {
    id: publicId('account', row.id),
    provider: row.provider,
    name: row.name,
    base_url: row.baseUrl ?? '',
    settings: { ...(getProvider(providers, row.provider)?.settings.parse(settings) ?? settings) },
    enabled: row.disabledAt === null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
