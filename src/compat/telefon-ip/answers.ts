import type { AppError } from '../../errors.ts'
import type { Answer } from '../../exchange/exchange.ts'
import type { Envelope } from '../../providers/telefon-ip/wire.ts'
import { CodeNotTaken } from '../start.ts'

/** Success in the operator's envelope. */
export const ok = (data: unknown): Answer => ({
  status: 200,
  body: { success: true, error: '', data } satisfies Envelope,
})

/** A refusal in the operator's envelope. */
export const failed = (error: string, status: 400 | 401 | 503 = 400): Answer => ({
  status,
  body: { success: false, error, data: {} } satisfies Envelope,
})

export const UNAUTHORIZED = failed('Unauthorized token', 401)
export const NO_RECORD = failed('id record not found')
export const BAD_PHONE = failed('Invalid phone number')
export const BAD_CODE = failed('Invalid code')
export const NO_ANSWER_YET = failed('no answer from the network')

/** The operator's words for what a verb refused. Reasons that the operator has not are read as its daily limit. */
export function refusalOf(error: AppError): Answer {
  const answer = inWords(error)
  const { retryAfterSeconds, headers } = error.options
  const retry = retryAfterSeconds && { 'retry-after': String(retryAfterSeconds) }
  return { ...answer, headers: { ...headers, ...retry } }
}

function inWords(error: AppError): Answer {
  if (error instanceof CodeNotTaken) return BAD_CODE
  switch (error.code) {
    case 'unauthorized':
      return UNAUTHORIZED
    case 'not_found':
      return NO_RECORD
    case 'insufficient_balance':
      return failed('insufficient balance')
    case 'destination_denied':
    case 'denied_by_hook':
    case 'rate_limited':
    case 'phone_cooldown':
    case 'guesses_exhausted':
      return failed('limit of requests to this phone exceeded')
    case 'too_many_requests':
      return failed('limit of requests exceeded')
    case 'idempotency_in_progress':
    case 'internal':
    case 'unavailable':
      return failed('Service unavailable', 503)
    case 'invalid_request':
      return BAD_PHONE
    default:
      return failed('Bad request')
  }
}

/** Why there is no code, in the operator's words. `failure`: one of `FAILURE_CODES`. */
export function noCode(failure: string | null): Answer {
  switch (failure) {
    case 'no_such_number':
      return failed('phone number does not exist')
    case 'insufficient_balance':
      return failed('insufficient balance')
    default:
      return failed('the phone could not be reached')
  }
}
