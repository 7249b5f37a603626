/** Statuses of a verification in progress. */
export const ACTIVE_STATUSES = ['pending', 'calling', 'delivered'] as const
export const FINAL_STATUSES = ['approved', 'locked', 'failed', 'expired', 'cancelled', 'denied'] as const
export const VERIFICATION_STATUSES = [...ACTIVE_STATUSES, ...FINAL_STATUSES] as const
export type ActiveStatus = (typeof ACTIVE_STATUSES)[number]
export type VerificationStatus = (typeof VERIFICATION_STATUSES)[number]

/** Statuses of an attempt whose call the operator is placing or has placed. */
export const IN_FLIGHT_STATUSES = ['placing', 'placed'] as const
export const OPEN_ATTEMPT_STATUSES = ['queued', ...IN_FLIGHT_STATUSES] as const

export const ATTEMPT_STATUSES = [
  ...OPEN_ATTEMPT_STATUSES,
  'answered',
  'busy',
  'no_answer',
  'delivered',
  'called',
  'unreachable',
  'no_such_number',
  'not_called',
  'rejected',
  'failed',
  'unknown',
  'released',
] as const
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number]

export const isActive = (status: VerificationStatus): status is ActiveStatus =>
  (ACTIVE_STATUSES as readonly string[]).includes(status)
