import { AppError } from '../../errors.ts'
import type { Middleware } from '../../exchange/exchange.ts'
import { say } from '../../words/text.ts'

/** Answers 503 if a request takes longer than its path's limit. Its work continues and may still succeed. */
export function timeout(limitOf: (path: string) => number): Middleware {
  return function timeout(c, next) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new AppError('unavailable', {
            detail: say('too_slow'),
            retryAfterSeconds: 5,
          }),
        )
      }, limitOf(c.req.path))
      next()
        .finally(() => clearTimeout(timer))
        .then(resolve, reject)
    })
  }
}
