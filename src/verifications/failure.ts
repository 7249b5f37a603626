import type { AttemptStatus } from '../values/statuses.ts'
import { inWords, type Language, say } from '../words/text.ts'

/** Why a verification failed or was cancelled. */
export const FAILURE_CODES = [
  'no_such_number',
  'unreachable',
  'rejected',
  'unknown',
  'no_route',
  'no_operator_available',
  'insufficient_balance',
  'superseded',
] as const

export type FailureCode = (typeof FAILURE_CODES)[number]

/** A call that rang or came in fails a verification only if it proves nothing: a voice call, a former number. */
const FAILURES: Partial<Record<AttemptStatus, FailureCode>> = {
  busy: 'unreachable',
  no_answer: 'unreachable',
  unreachable: 'unreachable',
  no_such_number: 'no_such_number',
  called: 'unreachable',
  not_called: 'unreachable',
  rejected: 'rejected',
  failed: 'unreachable',
}

/** Why a verification fails whose last attempt ended with this status. */
export const failureOf = (status: AttemptStatus): FailureCode => FAILURES[status] ?? 'unknown'

/** The text for a failure code; the code itself if this version does not know it. */
export function failureInWords(language: Language, code: string): string {
  const known = FAILURE_CODES.find((each) => each === code)
  return known ? inWords(language, say(`failure_${known}`)) : code
}
