import type { ClientContext } from '../context.ts'
import { AppError, invalid, invalidFields } from '../errors.ts'
import { gatewayOf } from '../gateway/key.ts'
import type { Provider } from '../providers/provider.ts'
import { inWords, say, type Text } from '../words/text.ts'
import type { DraftAccount } from './account-draft.ts'
import { askAsPerson, faultOf, type NumbersCheck, PATIENCE_MS, type PersonCheck } from './ask-as-person.ts'
import type { CheckView } from './schemas.ts'

/** `unreadable`: the saved credentials were sealed with a lost SECRET_KEY, so the operator was not asked. */
export type CredentialsCheck = PersonCheck | { ok: false; reason: 'unreadable' }

/**
 * Requests the balance with the account that is about to be saved, once. Throws 422 if the
 * operator says that the account does not own a number of its pool. `isMended`: its credentials or address differ
 * from the saved ones.
 */
export async function tryAccount(
  context: ClientContext,
  provider: Provider,
  id: string,
  { baseUrl, credentials, settings }: DraftAccount,
  { isMended }: { isMended: boolean },
): Promise<CredentialsCheck> {
  if (credentials === null) return { ok: false, reason: 'unreadable' }
  const draft = {
    id,
    baseUrl,
    credentials: JSON.parse(credentials),
    settings: provider.settings.parse(settings),
    allowPrivateTargets: context.config.allowPrivateTargets,
    gateway: gatewayOf(context.config, context.secrets),
  }
  const check = await askAsPerson(context, provider, draft, { isMended, saved: null })
  if (check.ok && isForeign(check.numbers)) {
    throw invalid('settings.numbers', 'pool_foreign', { numbers: check.numbers.foreign.join(', ') })
  }
  return check
}

export const isForeign = (numbers: NumbersCheck): numbers is { foreign: string[] } =>
  typeof numbers === 'object' && numbers !== null

/** The check as clients see it, in our own words: the operator's do not leave the service. */
export function presentCheck(check: CredentialsCheck, baseUrl: string): CheckView {
  if (!check.ok) {
    const why = check.reason === 'unauthorized' ? say('check_unauthorized') : explain(check, baseUrl)
    return { ok: false, detail: inWords('en', why) }
  }
  const { warning, numbers } = check
  return { ok: true, detail: warning && inWords('en', warning), ...presentNumbers(numbers) }
}

/** Whether the operator confirms the numbers; nothing for an account without a pool. */
export function presentNumbers(numbers: NumbersCheck): { numbers?: 'owned' | 'unconfirmed' } {
  return numbers === null || isForeign(numbers) ? {} : { numbers }
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
      throw new AppError('invalid_request', {
        errors: [{ path: 'credentials', text }],
        ...('words' in check && 'said' in check.words && { said: check.words.said }),
      })
    case 'bad_answer':
    case 'unreachable':
    case 'timeout':
    case 'banned':
      throw invalidFields([{ path: 'base_url', text }])
  }
}

function explain(check: Extract<CredentialsCheck, { ok: false }>, url: string): Text {
  if (check.reason === 'unreadable') return say('check_unreadable')
  const fault = faultOf(check)
  if (fault === check.words) return fault
  switch (check.reason) {
    case 'refused':
      return say('check_refused')
    case 'bad_answer':
    case 'unreachable':
      return say(`check_${check.reason}`, { url })
    case 'timeout':
      return say('check_timeout', { url, seconds: PATIENCE_MS / 1000 })
    default:
      return fault
  }
}
