const FRESH_MS = 900
const ENTRIES_MAX = 10_000

/** Counts the changes that went through this process. */
let changes = 0

/** To be called after a change of what is remembered: from now on everybody in this process gets what stands now. */
export function forgetAll(): void {
  changes += 1
}

/**
 * Remembers what `load` answered for a key for less than a second (`freshMs`, in milliseconds), or until `forgetAll`; who asks
 * meanwhile shares one load. Failures are not remembered.
 */
export function briefly<T>(load: (key: string) => Promise<T>): (key: string, freshMs?: number) => Promise<T> {
  const entries = new Map<string, { at: number; change: number; value: Promise<T> }>()
  return (key, freshMs = FRESH_MS) => {
    const known = entries.get(key)
    if (known?.change === changes && performance.now() - known.at < freshMs) return known.value
    if (entries.size >= ENTRIES_MAX) entries.clear()
    const entry = { at: performance.now(), change: changes, value: load(key) }
    entries.set(key, entry)
    entry.value.catch(() => {
      if (entries.get(key) === entry) entries.delete(key)
    })
    return entry.value
  }
}
