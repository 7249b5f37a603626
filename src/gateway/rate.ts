/** Calls a second, as a contract counts them: never more than allowed in any span of time. */
export type Rate = {
  /** Takes a place now, in milliseconds of a clock that never steps back; false if there is none. */
  take(now: number): boolean
  /** Calls in the last second. */
  lastSecond(now: number): number
}

/** `perSecond`: 0.2 means one call in five seconds; null: no limit. */
export function createRate(perSecond: number | null): Rate {
  const places = perSecond === null ? 0 : Math.max(1, Math.floor(perSecond))
  const spanMs = perSecond === null ? 0 : (places / perSecond) * 1000
  let taken: number[] = []
  return {
    take(now) {
      taken = taken.filter((at) => now - at < Math.max(spanMs, 1000))
      if (perSecond !== null && taken.filter((at) => now - at < spanMs).length >= places) return false
      taken.push(now)
      return true
    },
    lastSecond: (now) => taken.filter((at) => now - at < 1000).length,
  }
}
