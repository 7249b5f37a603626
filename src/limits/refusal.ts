import { AppError } from '../errors.ts'
import type { NumberType } from '../words/names-en.ts'
import { say, type Text } from '../words/text.ts'
import { type Breach, POOL_TOO_SMALL } from './breach.ts'

/** The audit's data about a broken rule. */
export function explain({ rule, counter, threshold, windowSeconds }: Breach): Record<string, unknown> {
  return { rule, counter, threshold, ...(windowSeconds === null ? {} : { window_seconds: windowSeconds }) }
}

/** Derived from the rule, so that a stored breach gets the current wording. */
function reasonOf({ rule, counter, threshold, hook }: Breach): Text {
  switch (rule) {
    case 'start_hook':
      if (hook?.failure) return say('hook_failed', { failure: hook.failure })
      return hook?.reason ? say('hook_denied_because', { reason: hook.reason }) : say('hook_denied')
    case 'blocked_phone':
      return say('limit_blocked_phone')
    case 'deny_prefixes':
      return say('limit_prefix_denied')
    case 'allow_prefixes':
      return say('limit_prefix_not_allowed')
    case 'deny_number_types':
      return say('limit_number_type', { type: counter as NumberType })
    case 'allow_channels':
      return say('limit_allow_channels', { channel: String(counter) })
    case 'conversion_guard':
      return say('limit_conversion_guard')
    case 'phone_pause_seconds':
      return say('limit_phone_pause')
    case 'spend_per_day':
    case 'balance':
      return say(`limit_${rule}`)
    case 'no_route':
      return say(threshold === POOL_TOO_SMALL ? 'limit_pool_too_small' : 'limit_no_route')
    default:
      return say('limit_reached', { limit: rule })
  }
}

/** The error for a start or retry that the policy denies. */
export function refusalOf(breach: Breach, extra: Record<string, unknown> = {}): AppError {
  const { code, rule, threshold, windowSeconds, retryAfterSeconds } = breach
  const detail = reasonOf(breach)
  if (windowSeconds === null || retryAfterSeconds === null) {
    return new AppError(code, {
      detail,
      extra: { rule, ...extra },
      ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    })
  }
  const limit = code === 'phone_cooldown' ? 1 : Number(threshold)
  return new AppError(code, {
    detail,
    extra: { rule, ...extra },
    retryAfterSeconds,
    rateLimit: { policy: rule, limit, windowSeconds, remaining: 0 },
  })
}
