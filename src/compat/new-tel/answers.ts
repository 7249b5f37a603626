import type { AppError } from '../../errors.ts'
import type { Answer } from '../../exchange/exchange.ts'
import { signatureOf } from '../../providers/new-tel/signature.ts'
import type { NewTelAnswer } from '../../providers/new-tel/wire.ts'
import { CodeNotTaken } from '../start.ts'
import type { Signing } from './signatures.ts'

/** An answer before it is signed. */
export type Told = { status: number; body: NewTelAnswer; headers?: Record<string, string> }

export const success = (data: Record<string, unknown>): Told => ({
  status: 200,
  body: { status: 'success', data: { result: 'success', ...data } },
})

/** An error of the method: HTTP 200. */
export const refused = (message: string): Told => ({
  status: 200,
  body: { status: 'success', data: { result: 'error', message } },
})

/** An error of the request. */
export const failed = (message: string, status: 400 | 401 | 404 | 413 | 429 | 503 = 400): Told => ({
  status,
  body: { status: 'error', message },
})

export const NOT_FOUND = failed('Requested method not found', 404)
export const NO_CALL = refused('Call not found or unavailable')
export const invalid = (name: string): Told => failed(`Invalid parameter: ${name}`)

/** The operator's words for what a verb refused. Reasons that it has not are read as its daily limit. */
export function refusalOf(error: AppError): Told {
  const told = inWords(error)
  const { retryAfterSeconds, headers } = error.options
  const retry = retryAfterSeconds && { 'retry-after': String(retryAfterSeconds) }
  return { ...told, headers: { ...headers, ...retry } }
}

function inWords(error: AppError): Told {
  if (error instanceof CodeNotTaken) return refused('Specified pin not allowed')
  switch (error.code) {
    case 'unauthorized':
      return failed('Unauthorized', 401)
    case 'not_found':
      return NO_CALL
    case 'insufficient_balance':
      return refused('Insufficient balance')
    case 'destination_denied':
    case 'denied_by_hook':
    case 'rate_limited':
    case 'phone_cooldown':
    case 'guesses_exhausted':
      return refused('Daily limit of calls to this number exceeded')
    case 'invalid_request':
      return invalid('dstNumber')
    case 'body_too_large':
      return failed('Request is too large', 413)
    case 'too_many_requests':
      return failed('Too many requests', 429)
    case 'idempotency_in_progress':
    case 'internal':
    case 'unavailable':
      return failed('Service unavailable', 503)
    default:
      return failed('Bad request')
  }
}

/** Signs an answer over its body ("Подпись ответа"); one to a request that was not authorised has no signature. */
export function toAnswer({ status, body, headers = {} }: Told, signing: Signing | null): Answer {
  const text = JSON.stringify(body)
  return {
    status,
    text,
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(signing ? { signature: signatureOf({ ...signing, content: text }) } : {}),
    },
  }
}
