import type { App, ClientContext } from '../context.ts'
import type { providerAccounts } from '../db/schema/index.ts'
import { invalid } from '../errors.ts'
import { validate } from '../input/validate.ts'
import type { Config } from '../process/config.ts'
import type { Provider } from '../providers/provider.ts'
import { getProvider } from '../providers/registry.ts'
import type { Secrets } from '../secrets.ts'
import { isSamePlace, readBaseUrl } from './account-address.ts'
import type { CreateAccountInput, UpdateAccountInput } from './schemas.ts'

type Row = typeof providerAccounts.$inferSelect

/**
 * What is about to be saved: `credentials` as JSON, null where the saved ones no longer open; `settings` as given, so that what was
 * left out keeps its default, also where that changes later.
 */
export type DraftAccount = { baseUrl: string; credentials: string | null; settings: object }

/** A new account. Throws 422 for a field that does not fit the provider. */
export function newDraft(config: Config, provider: Provider, input: CreateAccountInput) {
  return {
    baseUrl: readBaseUrl(input.base_url ?? provider.defaultBaseUrl, config),
    credentials: readCredentials(provider, input.credentials),
    settings: readSettings(provider, input.settings),
  }
}

/**
 * What a change makes of an account. Throws 422; also where saved credentials would follow to another address, whose owner then
 * had them.
 */
export function changedDraft(
  { config, secrets, providers }: Pick<ClientContext, 'config' | 'secrets' | 'providers'>,
  found: Row,
  { base_url, credentials, settings }: UpdateAccountInput,
): DraftAccount {
  const provider = providerOf({ providers }, found.provider)
  const before = found.baseUrl ?? ''
  const baseUrl = base_url === undefined ? before : readBaseUrl(base_url, config)
  if (base_url !== undefined && credentials === undefined && !isSamePlace(baseUrl, before)) {
    throw invalid('credentials', 'credentials_with_address')
  }
  return {
    baseUrl,
    credentials:
      credentials === undefined ? savedCredentials(secrets, found) : readCredentials(provider, credentials),
    settings: settings
      ? readSettings(provider, { ...(found.settings as object), ...settings })
      : (found.settings as object),
  }
}

/** The adapter that an account names. Throws 422 for one that this version does not have. */
export function providerOf({ providers }: Pick<App, 'providers'>, name: string): Provider {
  const provider = getProvider(providers, name)
  if (!provider) throw invalid('provider', 'provider')
  return provider
}

/** Null after SECRET_KEY was lost: nothing opens then, and new credentials are the way back. */
export function savedCredentials(secrets: Secrets, { credentials, id }: Row): string | null {
  try {
    return secrets.open(credentials, id)
  } catch {
    return null
  }
}

/** Cleaned of what comes along when keys are pasted. */
function readCredentials(provider: Provider, given: unknown): string {
  return JSON.stringify(validate(provider.credentials, given, 'credentials'))
}

function readSettings<T>(provider: Provider, given: T): T {
  validate(provider.settings, given, 'settings')
  return given
}
