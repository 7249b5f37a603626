import { invalid } from '../errors.ts'
import type { Config } from '../process/config.ts'
import type { Account, Provider } from '../providers/provider.ts'
import type { DraftAccount } from './account-draft.ts'
import { askBalance, type BalanceCheck } from './balance.ts'
import type { CheckView } from './schemas.ts'

/** How long an operator may take to answer for credentials that are about to be saved, in milliseconds. */
const PATIENCE_MS = 5_000

/** `unreadable`: the saved credentials were sealed with a SECRET_KEY that is gone, so that nothing was asked. */
export type CredentialsCheck = BalanceCheck | { ok: false; reason: 'unreadable' }

/** Asks the operator for the balance with what is about to be saved: once, and for at most 5 seconds. */
export async function tryAccount(
  { allowPrivateTargets }: Pick<Config, 'allowPrivateTargets'>,
  provider: Provider,
  id: string,
  { baseUrl, credentials, settings }: DraftAccount,
): Promise<CredentialsCheck> {
  if (credentials === null) return { ok: false, reason: 'unreadable' }
  const complete = provider.settings.parse(settings)
  const account: Account = {
    id,
    baseUrl,
    credentials: JSON.parse(credentials),
    settings: { ...complete, request_timeout_ms: Math.min(complete.request_timeout_ms, PATIENCE_MS) },
    allowPrivateTargets,
  }
  return askBalance(provider, account)
}

/** In our own words: the operator's do not leave the service. Null where nothing is wrong. */
export function presentCheck(check: CredentialsCheck, baseUrl: string): CheckView {
  return { ok: check.ok, detail: check.ok ? null : inWords(check, baseUrl) }
}

/** Throws 422: for `credentials` that the operator refuses, for a `base_url` where no operator could be asked. */
export function requireWorking(check: CredentialsCheck, baseUrl: string): void {
  if (check.ok) return
  const detail = inWords(check, baseUrl)
  switch (check.reason) {
    case 'unauthorized':
    case 'refused':
    case 'unreadable':
      throw invalid('credentials', detail)
    case 'bad_answer':
    case 'unreachable':
    case 'timeout':
      throw invalid('base_url', detail)
  }
}

function inWords({ reason }: Extract<CredentialsCheck, { ok: false }>, baseUrl: string): string {
  switch (reason) {
    case 'unauthorized':
      return 'The operator does not accept the credentials.'
    case 'refused':
      return 'The operator refused to answer: the credentials are wrong, or the account there is blocked.'
    case 'unreadable':
      return 'The saved credentials were sealed with another SECRET_KEY: send them again.'
    case 'bad_answer':
      return `${baseUrl} does not answer as this operator does: base_url is probably wrong.`
    case 'unreachable':
      return `${baseUrl} cannot be reached: the credentials could not be tried.`
    case 'timeout':
      return `${baseUrl} did not answer within ${PATIENCE_MS / 1000} seconds: the credentials could not be tried.`
  }
}
