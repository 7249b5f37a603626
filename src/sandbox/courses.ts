import type { CallStatus } from '../providers/provider.ts'
import type { Dialect } from './dialects.ts'

/** The course of a dialled call; times are milliseconds after dialling. */
export type Course = {
  end: CallStatus
  /** When the handset starts to ring; null: it never does. */
  ringsAfterMs: number | null
  endsAfterMs: number
  /** When the operator reports the end. */
  reportedAfterMs: number
  /** Whether the network changes the last digit of the calling number. */
  rewritten: boolean
}

/**
 * The answer to a request for a call: the documented one; a refusal (of the phone, for lack of money, without
 * a reason); an HTTP 500; an HTML page; an answer outside the protocol; a wrong signature; a late answer; a
 * connection that is reset at once, held and then dropped, or only held.
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

/** What a simulated operator does with a request for a call. `course` null: it does not dial. */
export type Plan = { course: Course | null; answer: AnswerKind; dialect?: Dialect }

export const rings: Course = {
  end: 'no_answer',
  ringsAfterMs: 200,
  endsAfterMs: 600,
  reportedAfterMs: 600,
  rewritten: false,
}
export const silent: Course = { ...rings, ringsAfterMs: null }
