import { z } from 'zod'
import type { Text } from '../../words/text.ts'
import type { Answer } from '../http.ts'
import { ProviderFault, type RefusalReason } from '../provider.ts'
import { flag, parseJson, text } from '../read.ts'
import { redact } from '../redact.ts'
import { judgeStrange } from '../strange.ts'

/** The envelope of every answer («Ответ API»): `response` is the value, or the code of an error. */
export const envelope = z.object({
  result: flag,
  response: z.unknown().optional(),
  description: text.catch(''),
})
/** As the operator writes it; values and bare refusals have no description. */
export type Envelope = Pick<z.input<typeof envelope>, 'result' | 'response'> & { description?: string }

/** What an answer proves. */
export type Verdict =
  | { kind: 'value'; value: unknown }
  /** `code`: `E_…`, or `HTTP 401` and `HTTP 403`, which reject the key or our address. */
  | { kind: 'error'; code: string; message: string }
  /** Not reliably the operator's. `refused`: why certainly nothing was done; null: it proves nothing. */
  | { kind: 'unbelievable'; why: Text; refused: RefusalReason | null }

/**
 * Judges an answer: an envelope, or the plain text of `response` alone («Текстовый ответ»), which some keys get.
 * A 401 or 403 is one whatever its body says.
 */
export function judge(answer: Pick<Answer, 'status' | 'text' | 'address'>): Verdict {
  const { status } = answer
  if (status === 401 || status === 403) return { kind: 'error', code: `HTTP ${status}`, message: '' }
  const isRedirect = status >= 300 && status < 400
  const told = isRedirect ? null : (inEnvelope(answer.text) ?? inPlainText(status, answer.text.trim()))
  return told ?? { kind: 'unbelievable', ...fromStrange(answer) }
}

function inEnvelope(body: string): Verdict | null {
  const { data } = envelope.safeParse(parseJson(body))
  if (!data) return null
  if (data.result) return { kind: 'value', value: data.response }
  const code = errorCode(text.safeParse(data.response).data ?? '')
  return { kind: 'error', code, message: data.description }
}

/** A value is a short word or number, or a list; anything longer is somebody's page. */
function inPlainText(status: number, body: string): Verdict | null {
  const code = errorCode(body)
  if (code !== '') return { kind: 'error', code, message: body.slice(code.length).trim() }
  if (status !== 200) return null
  if (/^(true|false)$/i.test(body)) return asFlag(body)
  if (/^[\w .,+-]{1,100}$/.test(body) && /\d|^SMS /.test(body)) return { kind: 'value', value: body }
  const list = body.startsWith('[') ? parseJson(body) : null
  const isList = Array.isArray(list) && (list.length === 0 || list.some(isObject))
  return isList ? { kind: 'value', value: list } : null
}

const asFlag = (body: string): Verdict =>
  /^true$/i.test(body) ? { kind: 'value', value: true } : { kind: 'error', code: '', message: '' }

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

const errorCode = (said: string) => /^E_[A-Z_]+/.exec(said.trim())?.[0] ?? ''

function fromStrange(answer: Pick<Answer, 'status' | 'text' | 'address'>) {
  const { why, refused } = judgeStrange(answer)
  return { why, refused }
}

/**
 * What an error means for a call or message («Коды ошибок»). `unclear`: the document does not say whether it is
 * raised before or after dialling, so the phone may be ringing. Codes that are missing here are unclear too.
 */
const MEANINGS: Readonly<Record<string, RefusalReason | 'unclear'>> = {
  'HTTP 401': 'unauthorized',
  'HTTP 403': 'unauthorized',
  E_AUTH_FAILED: 'unauthorized',
  E_AUTH_ERROR: 'unauthorized',
  E_INSUFFICIENT_ACCESS: 'unauthorized',
  E_USER_LOCKED: 'unauthorized',
  E_DOES_NOT_BELONG_TO_YOU: 'unauthorized',
  E_NOT_EXIST: 'unauthorized',
  E_INCORRECT_API_VERSION: 'unavailable',
  E_UNKNOWN_METHOD: 'unavailable',
  E_UNDEFINED_INSTRUCTION: 'unavailable',
  E_UNROUTABLE: 'unavailable',
  E_TRANSACTION_FAILED: 'unavailable',
  E_MISSING_ARGUMENT: 'other',
  E_INVALID_ARGUMENT: 'other',
  E_DATA_ABORT: 'other',
  E_INVALID_SMS_FROM: 'other',
  E_WRONG_EXTENSION: 'other',
  E_SIP_SERVER_NOT_EXIST: 'other',
  E_INVALID_SMS_TO: 'invalid_phone',
  E_INSUFFICIENT_MONEY: 'balance',
  E_TRANSACTIONS_LIMITED: 'balance',
  E_TRANSACTIONS_LOCKED: 'balance',
  E_CODE_HAS_NO_BALANCE: 'balance',
}

/** A failure without an `E_…` code is a refusal: `false` is the documented “no”. */
export const meaningOf = (code: string): RefusalReason | 'unclear' =>
  code === '' ? 'other' : (MEANINGS[code] ?? 'unclear')

/** Codes that reject the credentials themselves. The others may concern only one method or object. */
const REJECTS_CREDENTIALS = ['HTTP 401', 'HTTP 403', 'E_AUTH_FAILED', 'E_AUTH_ERROR', 'E_USER_LOCKED']

/** An error as text for the audit: its description without secrets, or its code. */
export function detailOf({ code, message }: { code: string; message: string }, secrets: readonly string[]) {
  return redact(message, secrets) || code || 'refused'
}

/** The fault for a verdict other than a value. */
export function faultFrom(verdict: Exclude<Verdict, { kind: 'value' }>, secrets: readonly string[]) {
  if (verdict.kind === 'unbelievable') return new ProviderFault('bad_answer', verdict.why)
  const unauthorized = REJECTS_CREDENTIALS.includes(verdict.code)
  return new ProviderFault(unauthorized ? 'unauthorized' : 'refused', detailOf(verdict, secrets))
}
