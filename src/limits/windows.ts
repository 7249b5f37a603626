/** The instants of the last `seconds`. */
export function within(instants: readonly Date[], now: Date, seconds: number): Date[] {
  const since = now.getTime() - seconds * 1000
  return instants.filter((at) => at.getTime() > since)
}

/** Seconds until `at` leaves the window; at least 1. */
const secondsUntilLeft = (at: Date, windowSeconds: number, now: Date) =>
  Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 1000 + windowSeconds))

/**
 * Seconds until `wanted` more fit under the bound, when enough of the oldest have left the window. `recent`:
 * the instants in the window, oldest first.
 */
export function secondsUntilRoom(
  recent: readonly Date[],
  bound: number,
  wanted: number,
  windowSeconds: number,
  now: Date,
): number {
  const leaving = recent[recent.length + wanted - bound - 1]
  return leaving ? secondsUntilLeft(leaving, windowSeconds, now) : windowSeconds
}
