/** The lifetime that a client may request for a verification, in seconds. */
export const LIFETIME_SECONDS = { min: 60, default: 300, max: 600, maxWithWorkflow: 900 } as const

/**
 * Added to the longest lifetime: by then everything about a verification has happened, except settling an
 * unknown call.
 */
const MARGIN_MS = 10 * 60_000

/**
 * This long after its start, a verification has ended and its calls have been placed. Bounds the ids to read
 * for a time range.
 */
export const OVER_AFTER_MS = LIFETIME_SECONDS.maxWithWorkflow * 1000 + MARGIN_MS
