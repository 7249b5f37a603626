import { invalidFields } from '../errors.ts'
import type { Config } from '../process/config.ts'
import type { Account, Provider } from '../providers/provider.ts'
import { inWords, say, type Text } from '../words/text.ts'
import type { DraftAccount } from './account-draft.ts'
import { askBalance, type BalanceCheck } from './balance.ts'
import type { CheckView } from './schemas.ts'

/** How long checking credentials before saving may take, in milliseconds. */
const PATIENCE_MS = 5_000

/** `unreadable`: the saved credentials were sealed with a lost SECRET_KEY, so the operator was not asked. */
export type CredentialsCheck = BalanceCheck | { ok: false; reason: 'unreadable' }

/** Requests the balance with the account that is about to be saved: once, for at most 5 seconds. */
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
    isStopped: () => false,
  }
  return askBalance(provider, account)
}

/** The check as clients see it, in our own words: the operator's do not leave the service. */
export function presentCheck(check: CredentialsCheck, baseUrl: string): CheckView {
  return { ok: check.ok, detail: check.ok ? null : inWords('en', explain(check, baseUrl)) }
}

/**
 * Throws 422 on `credentials` if the operator rejects them, or on `base_url` if no operator answers there.
 */
export function requireWorking(check: CredentialsCheck, baseUrl: string): void {
  if (check.ok) return
  const text = explain(check, baseUrl)
  switch (check.reason) {
    case 'unauthorized':
    case 'stopped':
    case 'refused':
    case 'unreadable':
      throw invalidFields([{ path: 'credentials', text }])
    case 'bad_answer':
    case 'unreachable':
    case 'timeout':
      throw invalidFields([{ path: 'base_url', text }])
  }
}

function explain({ reason }: Extract<CredentialsCheck, { ok: false }>, url: string): Text {
  switch (reason) {
    case 'unauthorized':
    case 'stopped':
      return say(`fault_${reason}`)
    case 'refused':
    case 'unreadable':
      return say(`check_${reason}`)
    case 'bad_answer':
    case 'unreachable':
      return say(`check_${reason}`, { url })
    case 'timeout':
      return say('check_timeout', { url, seconds: PATIENCE_MS / 1000 })
  }
}
