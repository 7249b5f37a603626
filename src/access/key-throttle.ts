import { AppError } from '../errors.ts'
import { keepNewest } from '../values/keep-newest.ts'
import { networksOf } from '../values/networks.ts'
import { say } from '../words/text.ts'

export const WRONG_KEYS_PER_MINUTE = 30
const WINDOW_MS = 60_000
const ADDRESSES_MAX = 10_000

const UNKNOWN = [{ name: 'unknown', factor: 1 }]

type Window = { since: number; count: number }

/**
 * Counts wrong keys per address and minute; IPv6 by /64 and, with larger bounds, by /56 and /48. An address
 * over its bound gets a 429. Keeps the 10,000 most recent networks.
 */
export function createKeyThrottle(now: () => number = () => performance.now()) {
  const windows = new Map<string, Window>()

  /** The network's window, marked as the most recent. */
  function use(name: string): Window {
    const known = windows.get(name)
    const isOpen = known && now() - known.since < WINDOW_MS
    const window = isOpen ? known : { since: now(), count: 0 }
    keepNewest(windows, name, window, ADDRESSES_MAX)
    return window
  }

  return {
    /** Counts a wrong key. Throws 429 over the bound. */
    count(address: string | null): void {
      // A key refused for the smallest network does not count for the larger ones, which others share.
      for (const { name, factor } of address ? networksOf(address) : UNKNOWN) {
        const window = use(name)
        window.count += 1
        if (window.count > WRONG_KEYS_PER_MINUTE * factor) throw tooMany(window.since + WINDOW_MS - now())
      }
    },
  }
}

export type KeyThrottle = ReturnType<typeof createKeyThrottle>

function tooMany(waitMs: number): AppError {
  return new AppError('too_many_requests', {
    detail: say('key_attempts'),
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
    rateLimit: {
      policy: 'wrong_keys_per_address',
      limit: WRONG_KEYS_PER_MINUTE,
      windowSeconds: WINDOW_MS / 1000,
      remaining: 0,
    },
  })
}
