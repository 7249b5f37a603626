import { say, type Text } from '../words/text.ts'
import type { Answer } from './http.ts'
import type { RefusalReason } from './provider.ts'
import { parseJson } from './read.ts'
import { refusalReason } from './shapes.ts'

/**
 * Statuses with which a server says that it handed the request to nobody: it moved, has no such path or method, wants other
 * credentials, does not take this form or size, or lets nobody in. The others prove nothing, least of all those of a gateway
 * (500, 502, 503, 504) and of time-outs (408): behind them the call may have been placed.
 */
const HANDED_TO_NOBODY = new Set([
  301, 308, 400, 401, 403, 404, 405, 406, 407, 410, 411, 413, 414, 415, 421, 426, 429, 431, 451,
])

/** What an answer is worth that is not in the operator's envelope. `refused`: why certainly nothing was done; null: perhaps it was. */
export type Strange = { why: Text; refused: RefusalReason | null }

/** Judges an answer without the operator's envelope. `why` shows where it came from when that is probably the wrong place. */
export function judgeStrange({
  status,
  text,
  address,
}: Pick<Answer, 'status' | 'text' | 'address'>): Strange {
  const foreign = isForeign(text)
  const reason = foreign && HANDED_TO_NOBODY.has(status) ? refusalReason(status, '') : null
  const moved = status >= 300 && status < 400
  const misled = moved || (foreign && status < 500 && (status >= 400 || text !== ''))
  const hint = misled && ![401, 402, 403, 407, 429].includes(status)
  return {
    why: hint ? say('note_wrong_base_url', { status, address }) : say('note_no_envelope', { status }),
    refused: reason === 'other' ? 'unavailable' : reason,
  }
}

/** Not the operator's: a page, plain text, nothing, or JSON of another shape; what looks like the rest of an envelope is its own. */
function isForeign(text: string): boolean {
  if (!/^\s*["[{]/.test(text)) return true
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return value !== undefined
  return !['success', 'status', 'data'].some((member) => Object.hasOwn(value, member))
}
