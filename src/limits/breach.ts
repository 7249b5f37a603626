import type { Phone } from '../values/phone.ts'
import type { Rule } from './schemas.ts'

/** A rule that a start breaks. `counter` and `threshold` go to the audit. */
export type Breach = {
  /** The policy's field, or what no policy can switch off. */
  rule: Rule | 'balance' | 'live_per_phone' | 'no_route'
  code: 'destination_denied' | 'rate_limited' | 'phone_cooldown' | 'insufficient_balance'
  counter: number | string
  threshold: number | string
  windowSeconds: number | null
  retryAfterSeconds: number | null
}

/** A live start that no account can serve: accepted, it could only fail. */
export function noRoute({ range }: Pick<Phone, 'range'>): Breach {
  return {
    rule: 'no_route',
    code: 'destination_denied',
    counter: range,
    threshold: 'none serves it',
    windowSeconds: null,
    retryAfterSeconds: null,
  }
}

/** The breach of a bound on how often. */
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
