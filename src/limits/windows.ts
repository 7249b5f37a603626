/** The instants of the last `seconds`. */
export function within(instants: readonly Date[], now: Date, seconds: number): Date[] {
  const since = now.getTime() - seconds * 1000
  return instants.filter((at) => at.getTime() > since)
}

/** Seconds until `at` leaves the window; at least 1. */
const secondsUntilLeft = (at: Date, windowSeconds: number, now: Date) =>
  Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1000 + windowSeconds))

/**
 * Seconds until enough of the oldest have left the window to free `excess` of their sizes; the whole window
 * if they never do. `recent`: what the window contains, oldest first.
 */
export function secondsUntilFreed(
  recent: readonly { at: Date; size: number }[],
  excess: number,
  windowSeconds: number,
  now: Date,
): number {
  let left = excess
  for (const { at, size } of recent) {
    left -= size
    if (left <= 0) return secondsUntilLeft(at, windowSeconds, now)
  }
  return windowSeconds
}
