import { AppError } from '../../errors.ts'
import type { Middleware } from '../../exchange/exchange.ts'
import { say } from '../../words/text.ts'

/** Answers 503 if a request takes longer than its path's limit. Its work continues and may still succeed. */
export function timeout(limitOf: (path: string) => number): Middleware {
  return async function timeout(c, next) {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      reject(
        new AppError('unavailable', {
          detail: say('too_slow'),
          retryAfterSeconds: 5,
        }),
      )
    }, limitOf(c.req.path))
    try {
      await Promise.race([next(), promise])
    } finally {
      clearTimeout(timer)
    }
  }
}
