import type { HookDecision } from '../events/start-hook.ts'
import type { Phone } from '../values/phone.ts'
import type { Rule } from './schemas.ts'

/** A rule that a start breaks. The audit records `counter` and `threshold`. */
export type Breach = {
  /** A field of the policy, or a rule that no policy can switch off. */
  rule: Rule | 'balance' | 'live_per_phone' | 'no_route' | 'blocked_phone' | 'start_hook'
  code: 'destination_denied' | 'denied_by_hook' | 'rate_limited' | 'phone_cooldown' | 'insufficient_balance'
  counter: number | string
  threshold: number | string
  windowSeconds: number | null
  retryAfterSeconds: number | null
  /** Why the hook denied it. */
  hook?: Pick<HookDecision, 'reason' | 'failure'>
}

/** The `threshold` of a `no_route` for lack of numbers. */
export const POOL_TOO_SMALL = 'the pool is too small'

/**
 * Denies a live start without a route: it could only fail. `isTooGuessable`: there are accounts, but the codes of
 * their pools are too easy to guess.
 */
export function noRoute({ range }: Pick<Phone, 'range'>, isTooGuessable: boolean): Breach {
  return {
    rule: 'no_route',
    code: 'destination_denied',
    counter: range,
    threshold: isTooGuessable ? POOL_TOO_SMALL : 'none serves it',
    windowSeconds: null,
    retryAfterSeconds: null,
  }
}

/** Denies a start as the tenant's hook, or its `on_failure`, decided. */
export function deniedByHook({ reason, failure }: HookDecision): Breach {
  return {
    rule: 'start_hook',
    code: 'denied_by_hook',
    counter: failure ?? 'deny',
    threshold: 'allow',
    windowSeconds: null,
    retryAfterSeconds: null,
    hook: { reason, failure },
  }
}

/** The breach of a rate limit. */
export function limited(
  rule: Breach['rule'],
  counter: number,
  threshold: number,
  windowSeconds: number,
  retryAfterSeconds: number,
): Breach {
  return {
    rule,
    code: 'rate_limited',
    counter,
    threshold,
    windowSeconds,
    retryAfterSeconds: Math.max(1, retryAfterSeconds),
  }
}
