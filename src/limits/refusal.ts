import { AppError } from '../errors.ts'
import type { Breach } from './breach.ts'

/** What the audit keeps of a broken rule. */
export function explain({ rule, counter, threshold, windowSeconds }: Breach): Record<string, unknown> {
  return { rule, counter, threshold, ...(windowSeconds === null ? {} : { window_seconds: windowSeconds }) }
}

/** The answer to a start or retry that the policy denies. */
export function refusalOf(breach: Breach, extra: Record<string, unknown> = {}): AppError {
  const { code, detail, rule, threshold, windowSeconds, retryAfterSeconds } = breach
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
