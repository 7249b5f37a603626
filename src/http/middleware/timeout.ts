import { AppError } from '../../errors.ts'
import type { Middleware } from '../../exchange/exchange.ts'
import { say } from '../../words/text.ts'

/** Answers 503 if a request takes longer than `limitMs`. Its work continues and may still succeed. */
export function timeout(limitMs: number): Middleware {
  return async function timeout(_c, next) {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      reject(
        new AppError('unavailable', {
          detail: say('too_slow'),
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
