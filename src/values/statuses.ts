/** How an attempt reaches the phone. */
export const CHANNELS = ['flash_call', 'voice', 'sms', 'telegram', 'inbound_call'] as const
export type Channel = (typeof CHANNELS)[number]

/** A step of a workflow: how to reach the phone, and how long to wait before the next step, in seconds. */
export type Step = { channel: Channel; wait_seconds: number }

/** Statuses of a verification in progress. */
export const ACTIVE_STATUSES = ['pending', 'calling', 'delivered'] as const
export const FINAL_STATUSES = ['approved', 'locked', 'failed', 'expired', 'cancelled', 'denied'] as const
export const VERIFICATION_STATUSES = [...ACTIVE_STATUSES, ...FINAL_STATUSES] as const
export type ActiveStatus = (typeof ACTIVE_STATUSES)[number]
export type VerificationStatus = (typeof VERIFICATION_STATUSES)[number]

/** Statuses of an attempt whose call the operator is placing or has placed. */
export const IN_FLIGHT_STATUSES = ['placing', 'placed'] as const
export const OPEN_ATTEMPT_STATUSES = ['queued', ...IN_FLIGHT_STATUSES] as const

/** Final statuses of an attempt that reached its phone, by channel. */
export const REACHED_STATUSES = {
  flash_call: ['answered', 'busy', 'no_answer'],
  voice: ['answered'],
  sms: [],
  telegram: [],
  inbound_call: [],
} as const satisfies Record<Channel, readonly string[]>
export type ReachedStatus = (typeof REACHED_STATUSES)[Channel][number]

export const ATTEMPT_STATUSES = [
  ...OPEN_ATTEMPT_STATUSES,
  ...REACHED_STATUSES.flash_call,
  'unreachable',
  'no_such_number',
  'rejected',
  'failed',
  'unknown',
  'released',
] as const
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number]

export const isActive = (status: VerificationStatus): status is ActiveStatus =>
  (ACTIVE_STATUSES as readonly string[]).includes(status)

/**
 * Whether an attempt with this status reached its phone: for a call, whether it rang. False while the attempt
 * is open.
 */
export const hasReached = (channel: Channel, status: AttemptStatus): status is ReachedStatus =>
  (REACHED_STATUSES[channel] as readonly string[]).includes(status)
