export type Shares = {
  /** Whether `holder` may take `amount` more. */
  fits(holder: string, amount?: number): boolean
  /** Takes `amount`, even if it does not fit; a negative amount gives it back. */
  add(holder: string, amount: number): void
}

/**
 * Shares a common pool: each holder may take up to `times` what then remains free. A single holder can take
 * nearly all, several holders get equal shares, and some always remains for the next.
 */
export function createShares(all: number, times: number): Shares {
  const held = new Map<string, number>()
  let taken = 0
  return {
    fits(holder, amount = 1) {
      const free = all - taken - amount
      return (held.get(holder) ?? 0) + amount <= times * free
    },
    add(holder, amount) {
      taken += amount
      const own = (held.get(holder) ?? 0) + amount
      if (own > 0) held.set(holder, own)
      else held.delete(holder)
    },
  }
}
