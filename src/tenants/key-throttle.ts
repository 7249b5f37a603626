import ipaddr from 'ipaddr.js'
import { AppError } from '../errors.ts'

export const WRONG_KEYS_PER_MINUTE = 30
const WINDOW_MS = 60_000
const ADDRESSES_MAX = 10_000

type Window = { since: number; count: number }

/** Counts wrong keys by address (IPv6 by /64); an address that sent too many is told to wait. Keeps the last 10,000. */
export function createKeyThrottle(now: () => number = () => performance.now()) {
  const windows = new Map<string, Window>()

  return {
    /** Counts one wrong key. Throws 429 where the address has used up its minute. */
    count(address: string | null): void {
      const name = nameOf(address)
      let window = windows.get(name)
      if (!window || now() - window.since >= WINDOW_MS) {
        windows.delete(name)
        window = { since: now(), count: 0 }
        if (windows.size >= ADDRESSES_MAX) windows.delete(windows.keys().next().value ?? '')
        windows.set(name, window)
      }
      window.count += 1
      if (window.count > WRONG_KEYS_PER_MINUTE) throw tooMany(window.since + WINDOW_MS - now())
    },
  }
}

function tooMany(waitMs: number): AppError {
  return new AppError('too_many_requests', {
    detail: 'Too many wrong API keys came from this address. A right one still works.',
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
    rateLimit: {
      policy: 'wrong_keys_per_address',
      limit: WRONG_KEYS_PER_MINUTE,
      windowSeconds: WINDOW_MS / 1000,
      remaining: 0,
    },
  })
}

function nameOf(address: string | null): string {
  if (!address?.includes(':')) return address ?? 'unknown'
  return ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString()
}
