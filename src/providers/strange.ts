import { say, type Text } from '../words/text.ts'
import type { Answer } from './http.ts'
import { ProviderFault, type RefusalReason } from './provider.ts'
import { parseJson } from './read.ts'
import { refusalReason } from './shapes.ts'

/**
 * Statuses that prove that the server did not process the request: it moved, does not have the path or
 * method, requires other credentials, rejects this form or size, or denies access. All others prove nothing,
 * least of all a gateway's (500, 502, 503, 504) and timeouts (408): the call may have been placed behind
 * them.
 */
const NOT_PROCESSED = new Set([
  301, 308, 400, 401, 403, 404, 405, 406, 407, 410, 411, 413, 414, 415, 421, 426, 429, 431, 451,
])

/**
 * What an answer without the operator's envelope proves. `refused`: why certainly no call was placed; null:
 * it may have been.
 */
export type Strange = { why: Text; refused: RefusalReason | null }

/** Judges an answer without the operator's envelope. `why` contains the address if that is probably wrong. */
export function judgeStrange({
  status,
  text,
  address,
}: Pick<Answer, 'status' | 'text' | 'address'>): Strange {
  const foreign = isForeign(text)
  const reason = foreign && NOT_PROCESSED.has(status) ? whyNotProcessed(status) : null
  const moved = status >= 300 && status < 400
  const misled = moved || (foreign && status < 500 && (status >= 400 || text !== ''))
  const hint = misled && ![401, 402, 403, 407, 429].includes(status)
  return {
    why: hint ? say('note_wrong_base_url', { status, address }) : say('note_no_envelope', { status }),
    refused: reason,
  }
}

/** A page with HTTP 403 may be a firewall's: only 401 says that the credentials are wrong. */
function whyNotProcessed(status: number): RefusalReason {
  const reason = refusalReason(status, '')
  return reason === 'other' || status === 403 ? 'unavailable' : reason
}

/** The fault of a read whose answer is without the operator's envelope. */
export const strangeFault = ({ why, refused }: Strange): ProviderFault =>
  new ProviderFault(refused === 'unauthorized' ? 'unauthorized' : 'bad_answer', why)

/**
 * Whether the answer is not the operator's: a page, plain text, nothing, or JSON of another shape. Something
 * that looks like part of an envelope counts as the operator's.
 */
function isForeign(text: string): boolean {
  if (!/^\s*["[{]/.test(text)) return true
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return value !== undefined
  return !['success', 'status', 'data', 'result'].some((member) => Object.hasOwn(value, member))
}
