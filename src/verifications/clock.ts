import type { App } from '../context.ts'
import { AppError } from '../errors.ts'
import { timeOf } from '../values/ids.ts'
import { say } from '../words/text.ts'

/** Far more than an id waits before it is stored. */
const APART_MAX_MS = 300_000
const RETRY_SECONDS = 30

/**
 * Throws 503 for an id that this process made by a clock minutes from the database's. What is found by its time would be
 * missed: lists, statistics, retention; and its month may have no partition, or be put away already.
 */
export function requireSameClock({ log }: Pick<App, 'log'>, ids: readonly string[], now: Date): void {
  const wrong = ids.find((id) => Math.abs(timeOf(id) - now.getTime()) > APART_MAX_MS)
  if (!wrong) return
  log.error({ process: new Date(timeOf(wrong)), database: now }, 'the clocks of process and database differ')
  throw new AppError('unavailable', { detail: say('clocks_differ'), retryAfterSeconds: RETRY_SECONDS })
}
