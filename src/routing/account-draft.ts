import type { App, ClientContext } from '../context.ts'
import type { providerAccounts } from '../db/schema/index.ts'
import { invalid } from '../errors.ts'
import { validate } from '../input/validate.ts'
import type { Config } from '../process/config.ts'
import type { CommonSettings, Provider } from '../providers/provider.ts'
import { getProvider } from '../providers/registry.ts'
import type { Secrets } from '../secrets.ts'
import { isSamePlace, readBaseUrl } from './account-address.ts'
import { savedSettings } from './saved-settings.ts'
import type { CreateAccountInput, UpdateAccountInput } from './schemas.ts'

type Row = typeof providerAccounts.$inferSelect

/**
 * An account about to be saved. `credentials`: JSON, null if the saved ones can no longer be opened.
 * `settings`: as given, so that omitted settings follow their defaults even when those change.
 */
export type DraftAccount = { baseUrl: string; credentials: string | null; settings: object }

/** A new account's draft. Throws 422 for a field that does not fit the provider. */
export function newDraft(config: Config, provider: Provider, input: CreateAccountInput) {
  return {
    baseUrl: readBaseUrl(input.base_url ?? provider.defaultBaseUrl, config, provider),
    credentials: readCredentials(provider, input.credentials),
    settings: readSettings(provider, input.settings),
  }
}

/**
 * An account's draft after a change. Throws 422, also if saved credentials would be sent to another address:
 * its owner would then have them.
 */
export function changedDraft(
  { config, secrets, providers }: Pick<ClientContext, 'config' | 'secrets' | 'providers'>,
  found: Row,
  { base_url, credentials, settings }: UpdateAccountInput,
): DraftAccount {
  const provider = providerOf({ providers }, found.provider)
  const before = found.baseUrl ?? ''
  const saved = savedSettings(found.settings)
  const baseUrl = base_url === undefined ? before : readBaseUrl(base_url, config, provider)
  if (base_url !== undefined && credentials === undefined && !isSamePlace(baseUrl, before)) {
    throw invalid('credentials', 'credentials_with_address')
  }
  return {
    baseUrl,
    credentials:
      credentials === undefined ? savedCredentials(secrets, found) : readCredentials(provider, credentials),
    settings: settings ? readSettings(provider, { ...saved, ...settings }) : saved,
  }
}

/** The adapter that an account names. Throws 422 if this version does not have it. */
export function providerOf({ providers }: Pick<App, 'providers'>, name: string): Provider {
  const provider = getProvider(providers, name)
  if (!provider) throw invalid('provider', 'provider')
  return provider
}

/** The saved credentials as JSON; null after SECRET_KEY was lost, when only new credentials help. */
export function savedCredentials(secrets: Secrets, { credentials, id }: Row): string | null {
  try {
    return secrets.open(credentials, id)
  } catch {
    return null
  }
}

/** The credentials as JSON, cleaned of characters pasted along with keys. */
function readCredentials(provider: Provider, given: unknown): string {
  return JSON.stringify(validate(provider.credentials, given, 'credentials'))
}

function readSettings<T>(provider: Provider, given: T): T {
  requireTakenLength(provider, validate(provider.settings, given, 'settings'))
  return given
}

/** Throws 422 if a channel of the operator does not take codes of the length that the settings name. */
function requireTakenLength(provider: Provider, settings: CommonSettings): void {
  const { code_length: length } = settings
  if (length === null) return
  for (const [channel, can] of Object.entries(provider.capabilities(settings).channels)) {
    const { min, max } = can.codeLength
    if (can.codeOrigin === 'ours' && (length < min || length > max)) {
      throw invalid('settings.code_length', 'code_length', { channel, min, max })
    }
  }
}
