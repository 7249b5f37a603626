/** How long a verification may be asked to live, in seconds. */
export const LIFETIME_SECONDS = { min: 60, default: 300, max: 600 } as const

/** After this much more than the longest lifetime, everything about a verification has happened, but that an unknown call is settled. */
const MARGIN_MS = 10 * 60_000

/** So long after its start, a verification has ended and its calls have been placed: bounds the ids that a span of time is about. */
export const OVER_AFTER_MS = LIFETIME_SECONDS.max * 1000 + MARGIN_MS
