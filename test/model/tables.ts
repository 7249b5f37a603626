/**
 * The transitions that the documentation allows, as audit events show them. Written out here so that the code
 * cannot confirm itself.
 */

/** By the last `verification.…` event: those that may follow. */
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

/** By an attempt's status and its next event: the new status. `reported`: the status that the event names. */
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
  placed: { status: 'reported', unknown: 'unknown', other_caller: 'placed' },
}

/** By channel: the ends that an operator can report, and those of them that reached the phone. */
const CALL = {
  reported: ['answered', 'busy', 'no_answer', 'unreachable', 'no_such_number'],
  reached: ['answered', 'busy', 'no_answer'],
}
const MESSAGE = { reported: ['delivered', 'unreachable', 'no_such_number'], reached: ['delivered'] }
export const ENDS_OF: Record<string, { reported: string[]; reached: string[] }> = {
  flash_call: CALL,
  sms: MESSAGE,
  telegram: MESSAGE,
  inbound_call: { reported: ['called', 'not_called'], reached: ['called'] },
}

export const OPEN = ['queued', 'placing', 'placed']
