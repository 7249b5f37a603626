const FRESH_MS = 900
const ENTRIES_MAX = 10_000

/**
 * Remembers what `load` answered for a key for less than a second; who asks meanwhile shares one load.
 * Failures are not remembered.
 */
export function briefly<T>(load: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const entries = new Map<string, { at: number; value: Promise<T> }>()
  return (key) => {
    const known = entries.get(key)
    if (known && performance.now() - known.at < FRESH_MS) return known.value
    if (entries.size >= ENTRIES_MAX) entries.clear()
    const entry = { at: performance.now(), value: load(key) }
    entries.set(key, entry)
    entry.value.catch(() => {
      if (entries.get(key) === entry) entries.delete(key)
    })
    return entry.value
  }
}
