import { keepNewest } from '../values/keep-newest.ts'

/** How old a cached value may be, in milliseconds. */
export const FRESH_MS = 900
const ENTRIES_MAX = 10_000

/**
 * What caches are built from. A verb that changes a source names it, which clears every cache built from it.
 */
export type Source =
  | 'accounts'
  | 'compats'
  | 'costs'
  | 'endpoints'
  | 'keys'
  | 'policies'
  | 'prices'
  | 'routes'
  | 'sessions'
  | 'tenants'
  | 'texts'

/**
 * Returns the value loaded for a key less than `freshMs` ago (milliseconds, 900 by default); otherwise loads
 * it.
 */
export type Cache<T> = (key: string, freshMs?: number) => Promise<T>

/**
 * The caches of one process. They reflect its own changes at once, those of other processes within a second.
 */
export type Caches = {
  /**
   * Concurrent callers share one load of a key. Failures are not cached. Holds at most 10,000 keys and evicts
   * the oldest first.
   */
  create<T>(sources: readonly Source[], load: (key: string) => Promise<T>): Cache<T>
  /** Makes this process reload everything built from `changed`. */
  clear(...changed: readonly Source[]): void
  /**
   * Runs a change and clears what is built from it, even if it failed: a lost answer to COMMIT may hide a
   * change.
   */
  changing<T>(changed: readonly Source[], change: () => Promise<T>): Promise<T>
}

/** Resolves once every process sees what was committed before the call: after 0.9 s. */
export const seenEverywhere = () => new Promise<void>((resolve) => setTimeout(resolve, FRESH_MS))

/** Milliseconds since any fixed moment; never goes backwards. */
export type Clock = () => number

export function createCaches(now: Clock = () => performance.now()): Caches {
  const stores: { sources: readonly Source[]; entries: Map<string, unknown> }[] = []

  function clear(...changed: readonly Source[]): void {
    for (const { sources, entries } of stores) {
      if (sources.some((source) => changed.includes(source))) entries.clear()
    }
  }

  return {
    create<T>(sources: readonly Source[], load: (key: string) => Promise<T>): Cache<T> {
      const entries = new Map<string, { at: number; value: Promise<T> }>()
      stores.push({ sources, entries })
      return (key, freshMs = FRESH_MS) => {
        const known = entries.get(key)
        if (known && now() - known.at < freshMs) return known.value
        const entry = { at: now(), value: load(key) }
        keepNewest(entries, key, entry, ENTRIES_MAX)
        entry.value.catch(() => {
          if (entries.get(key) === entry) entries.delete(key)
        })
        return entry.value
      }
    },
    clear,
    async changing(changed, change) {
      try {
        return await change()
      } finally {
        clear(...changed)
      }
    },
  }
}
