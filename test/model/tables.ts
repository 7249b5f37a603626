/** What the documentation allows, as the events of the audit tell it. Written down once more, so that the code cannot agree with itself. */

/** By the last `verification.…` event: which may follow. */
export const VERIFICATION: Record<string, readonly string[]> = {
  created: ['calling', 'delivered', 'approved', 'locked', 'failed', 'cancelled', 'expired'],
  pending: ['calling', 'delivered', 'approved', 'locked', 'failed', 'cancelled', 'expired'],
  calling: ['pending', 'delivered', 'approved', 'locked', 'failed', 'cancelled', 'expired'],
  delivered: ['approved', 'locked', 'cancelled', 'expired'],
  approved: [],
  locked: [],
  failed: [],
  cancelled: [],
  expired: [],
}

export const FINAL = Object.keys(VERIFICATION).filter((status) => VERIFICATION[status]?.length === 0)

/** By an attempt's status and the next event about it: the status that follows. `reported`: the one that the event names. */
export const ATTEMPT: Record<string, Record<string, string>> = {
  none: { queued: 'queued' },
  queued: { placing: 'placing', released: 'released', failed: 'failed' },
  placing: {
    placed: 'placed',
    adopted: 'placed',
    unclear: 'placing',
    rejected: 'rejected',
    failed: 'failed',
    unknown: 'unknown',
  },
  placed: { status: 'reported', unknown: 'unknown' },
}

/** What an operator can report of a placed call. */
export const REPORTED = ['answered', 'busy', 'no_answer', 'unreachable', 'no_such_number']
export const OPEN = ['queued', 'placing', 'placed']
