import { AppError } from '../../errors.ts'
import type { Middleware } from '../../exchange/exchange.ts'
import { say } from '../../words/text.ts'

/** Doors answer in their operators' time: a code may take 12 s, and a call without `async` a minute. */
const DOOR_LIMIT_MS = 90_000

/**
 * Answers 503 if a request takes longer than `limitMs`; at `doors`, longer than a minute and a half. Its work continues and may still succeed.
 */
export function timeout(limitMs: number, doors: readonly RegExp[] = []): Middleware {
  return async function timeout(c, next) {
    const isDoor = doors.some((path) => path.test(c.req.path))
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => {
        reject(
          new AppError('unavailable', {
            detail: say('too_slow'),
            retryAfterSeconds: 5,
          }),
        )
      },
      isDoor ? DOOR_LIMIT_MS : limitMs,
    )
    try {
      await Promise.race([next(), promise])
    } finally {
      clearTimeout(timer)
    }
  }
}
