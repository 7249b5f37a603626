const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Pauses after the first, second, … failed try, in milliseconds. After the tenth try there is none. */
const PAUSES = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]

export const TRIES_MAX = PAUSES.length + 1

/** Up to a tenth is added to a pause, so that what failed together is not tried together. */
const JITTER = 0.1

/** The longest `Retry-After` that is honoured. */
const RETRY_AFTER_MAX_MS = 24 * HOUR

/**
 * Milliseconds until the next try after `tries` failed ones; null: no more tries. `retryAfterMs`: how long the
 * receiver asks us to wait at least. `random`: from 0 up to 1.
 */
export function pauseAfter(tries: number, retryAfterMs: number | null, random: number): number | null {
  const pause = PAUSES[tries - 1]
  if (pause === undefined) return null
  return Math.round(Math.max(pause * (1 + JITTER * random), retryAfterMs ?? 0))
}

/** How long a `Retry-After` asks to wait, in milliseconds, a day at most; null if it is absent or unreadable. */
export function readRetryAfter(text: string | undefined, now: number): number | null {
  if (text === undefined) return null
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS)
}
