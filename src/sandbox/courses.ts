import type { CallStatus } from '../providers/provider.ts'
import type { Dialect } from './dialects.ts'

/** How a dialled call goes; times are milliseconds after dialling. */
export type Course = {
  end: CallStatus
  /** When the handset starts to ring; null: it never does. */
  ringsAfterMs: number | null
  endsAfterMs: number
  /** When the operator knows the end. */
  reportedAfterMs: number
  /** The network changes the last digit of the calling number on the way. */
  rewritten: boolean
}

/**
 * What comes back: the documented answer, a refusal (of the phone, for lack of money, or without a reason), an HTTP 500, an HTML page, an answer that is not the protocol's, a wrong
 * signature, the answer late, a connection reset at once, one that is held and then dropped, one that is only held.
 */
export type AnswerKind =
  | 'normal'
  | 'refusal'
  | 'no_balance'
  | 'bare_refusal'
  | 'http_500'
  | 'html_404'
  | 'html_502'
  | 'garbage'
  | 'bad_signature'
  | 'slow'
  | 'reset'
  | 'drop'
  | 'hang'

/** What a simulated operator does when it is asked for a call. `course` null: it does not dial. */
export type Plan = { course: Course | null; answer: AnswerKind; dialect?: Dialect }

export const rings: Course = {
  end: 'no_answer',
  ringsAfterMs: 200,
  endsAfterMs: 600,
  reportedAfterMs: 600,
  rewritten: false,
}
export const silent: Course = { ...rings, ringsAfterMs: null }
