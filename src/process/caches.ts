import { keepNewest } from '../values/keep-newest.ts'

const FRESH_MS = 900
const ENTRIES_MAX = 10_000

/** What caches are made of. A verb that changes some of it says so, and every cache made of it is cleared. */
export type Source = 'accounts' | 'costs' | 'keys' | 'policies' | 'prices' | 'routes' | 'sessions' | 'tenants'

/** Answers what was loaded for a key less than `freshMs` ago, in milliseconds (by default 900); else loads it. */
export type Cache<T> = (key: string, freshMs?: number) => Promise<T>

/** The caches of one process: they follow its own changes at once, and those of other processes within a second. */
export type Caches = {
  /** Callers that ask for a key at the same time share one load. Failures are not kept. At most 10,000 keys; the oldest goes first. */
  create<T>(sources: readonly Source[], load: (key: string) => Promise<T>): Cache<T>
  /** From now on this process loads anew whatever is made of `changed`. */
  clear(...changed: readonly Source[]): void
  /** Runs a change and clears what is made of it, also where it failed: a lost answer to COMMIT may hide a change. */
  changing<T>(changed: readonly Source[], change: () => Promise<T>): Promise<T>
}

/** Milliseconds from any beginning, never backwards. */
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
