import type { AttemptStatus } from '../values/statuses.ts'
import type { Channel } from './channels.ts'

/**
 * Final statuses of an attempt that reached its phone, by channel. A flash call has reached it once it rang,
 * a voice call once somebody listened, a message once it arrived. An inbound call comes from the phone.
 */
export const REACHED_STATUSES = {
  flash_call: ['answered', 'busy', 'no_answer'],
  voice: ['answered'],
  sms: ['delivered'],
  telegram: ['delivered'],
  inbound_call: ['called'],
} as const satisfies Record<Channel, readonly AttemptStatus[]>
export type ReachedStatus = (typeof REACHED_STATUSES)[Channel][number]

/** Whether an attempt with this status reached its phone. False while the attempt is open. */
export const hasReached = (channel: Channel, status: AttemptStatus): status is ReachedStatus =>
  (REACHED_STATUSES[channel] as readonly AttemptStatus[]).includes(status)

/**
 * Whether the code of an attempt with this end may be typed. After an unknown end the user may have seen it.
 */
export const keepsCode = (channel: Channel, status: AttemptStatus): boolean =>
  status === 'unknown' || hasReached(channel, status)

/**
 * An end in the words of `channel`. Operators with one list of records for all channels report a message like
 * a call: what was answered is a message that arrived, or a call that came in. A message finds no busy line, and
 * that nobody answered says nothing about it.
 */
export function statusOn<S extends AttemptStatus>(
  channel: Channel,
  status: S,
): S | 'delivered' | 'no_answer' | 'unreachable' | 'unknown' | 'called' | 'not_called' {
  if (channel === 'inbound_call') return onInbound(status)
  if (channel !== 'sms' && channel !== 'telegram') return status === 'delivered' ? 'no_answer' : status
  if (status === 'busy') return 'unreachable'
  if (status === 'no_answer') return 'unknown'
  return status === 'answered' ? 'delivered' : status
}

function onInbound<S extends AttemptStatus>(status: S): S | 'called' | 'not_called' {
  if (status === 'answered' || status === 'busy' || status === 'no_answer' || status === 'delivered')
    return 'called'
  return status === 'unreachable' || status === 'no_such_number' ? 'not_called' : status
}
