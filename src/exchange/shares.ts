export type Shares = {
  /** Whether `holder` may have that much more. */
  fits(holder: string, amount?: number): boolean
  /** Takes it, also where it does not fit; a negative amount gives back. */
  add(holder: string, amount: number): void
}

/**
 * Something that everybody takes from: a holder may have `times` what is left free then. So a single one may have nearly all,
 * and of several each the same; there is always something left for the next one who comes.
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
