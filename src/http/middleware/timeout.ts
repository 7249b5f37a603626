import { AppError } from '../../errors.ts'
import type { Middleware } from '../../exchange/exchange.ts'

/** Answers 503 for a request that takes longer. What it began goes on, and may still succeed. */
export function timeout(limitMs: number): Middleware {
  return async function timeout(_c, next) {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      reject(
        new AppError('unavailable', {
          detail: 'This took too long; it may still be done.',
          retryAfterSeconds: 5,
        }),
      )
    }, limitMs)
    try {
      await Promise.race([next(), promise])
    } finally {
      clearTimeout(timer)
    }
  }
}
