import { z } from 'zod'
import { digitsOf } from '../../values/pasted.ts'
import { inWords, say, type Text } from '../../words/text.ts'
import { carrierOf } from '../carrier.ts'
import { readTime } from '../dates.ts'
import type { Answer } from '../http.ts'
import { outcomeInWords, outcomeOfSip, sipReply } from '../outcome-words.ts'
import type {
  CallResult,
  CallStatus,
  OperatorBalance,
  OperatorRecord,
  PlaceOutcome,
  RefusalReason,
} from '../provider.ts'
import { amountMicros, flag, id, integer, optional, parseJson, phoneDigits, text } from '../read.ts'
import { redact } from '../redact.ts'
import { refusalReason } from '../shapes.ts'
import { judgeStrange } from '../strange.ts'

const outcome = text.transform((said) => said.toLowerCase()).pipe(z.enum(['success', 'error']))

/** Both levels of an answer ("Параметры ответа"): the server's, and in `data` the method's. */
const answerShape = z.union([
  z.object({ status: outcome.pipe(z.literal('error')), message: text.catch('') }),
  z.object({
    status: outcome.pipe(z.literal('success')),
    data: z.looseObject({ result: outcome, message: optional(text) }),
  }),
])
export type NewTelAnswer = z.input<typeof answerShape>

/**
 * `callDetails` of `start-password-call` and `get-password-call-status`. Those below `status` are
 * seen in use, not documented.
 */
export const callDetails = z.object({
  callId: optional(id),
  pin: optional(text),
  status: optional(text),
  reasonCode: optional(integer),
  isValidNumber: optional(flag),
  oper: optional(text),
  region: optional(text),
})
export type CallDetails = z.infer<typeof callDetails>

/** A call of the virtual exchange: a row of `vpbx/get-calls`, `callDetails` of `vpbx/get-call-details`. */
export const vpbxCall = z.object({
  vpbxId: optional(id),
  active: optional(flag),
  direction: optional(text),
  clid: optional(text),
  dnid: z.unknown().optional(),
  status: optional(text),
  startTime: optional(integer),
  answerTime: optional(integer),
  endTime: optional(integer),
  oper: optional(text),
})
export type VpbxCall = z.infer<typeof vpbxCall>

/** `state` of `company/get-state`. */
export const companyState = z.object({
  balance: amountMicros.nullable(),
  credit: optional(amountMicros),
  currency: text.pipe(
    z
      .string()
      .toUpperCase()
      .regex(/^[A-Z]{3}$/),
  ),
  status: text.catch(''),
})

/** What an answer proves, given its signature. */
export type Verdict =
  | { kind: 'success'; data: Record<string, unknown> }
  | { kind: 'error'; httpStatus: number; message: string }
  /** Not reliably the operator's. `refused`: why certainly no call was placed; null: it proves nothing. */
  | { kind: 'unbelievable'; why: Text; refused: RefusalReason | null }

/**
 * Judges an answer. Believes only signed answers, with one exception: the operator signs answers only to
 * authorised requests ("Подпись ответа"), so a rejection of the credentials, HTTP 401 or 403 with the error
 * envelope, is accepted unsigned. At worst, another account places the call. Another server's answer can
 * still prove that nobody received the request (`judgeStrange`).
 */
export function judge(
  answer: Pick<Answer, 'status' | 'text' | 'address'>,
  signature: 'right' | 'missing' | 'wrong',
): Verdict {
  const httpStatus = answer.status
  const { data: read } = answerShape.safeParse(parseJson(answer.text))
  if (!read || (httpStatus >= 300 && httpStatus < 400))
    return { kind: 'unbelievable', ...judgeStrange(answer) }
  if (signature === 'wrong') return { kind: 'unbelievable', why: say('note_wrong_signature'), refused: null }
  if (signature === 'missing' && !(read.status === 'error' && (httpStatus === 401 || httpStatus === 403))) {
    return { kind: 'unbelievable', why: say('note_unsigned', { status: httpStatus }), refused: null }
  }
  if (read.status === 'error') return { kind: 'error', httpStatus, message: read.message }
  const { result, message, ...data } = read.data
  return result === 'success'
    ? { kind: 'success', data }
    : { kind: 'error', httpStatus, message: message ?? '' }
}

/**
 * Converts E.164 to the operator's digits (9 to 15, not starting with 0); null for a number it cannot call.
 */
export function toOperatorPhone(e164: string): string | null {
  return /^\+[1-9]\d{8,14}$/.test(e164) ? e164.slice(1) : null
}

/**
 * Converts the operator's digits to E.164; null for internal numbers and the like. Eleven digits starting
 * with 83 or 89 are Russian numbers with their trunk prefix: no country has those codes.
 */
export function toE164(told: unknown): string | null {
  const [, digits] = /^(?:00)?([1-9]\d{8,14})$/.exec(phoneDigits(told) ?? '') ?? []
  return digits ? `+${/^8[39]\d{9}$/.test(digits) ? `7${digits.slice(1)}` : digits}` : null
}

const STATUSES: Readonly<Record<string, CallStatus>> = {
  answered: 'answered',
  busy: 'busy',
  'no answer': 'no_answer',
  'no such number': 'no_such_number',
  'not available': 'unreachable',
  cancel: 'unreachable',
}
/**
 * Seen in use without a `status`, not documented: after 1, 3, 4 and 5 the phone rang, after 0 and 8 it was
 * unreachable.
 */
const REASON_CODES: Readonly<Record<number, CallStatus>> = {
  0: 'unreachable',
  1: 'no_answer',
  3: 'no_answer',
  4: 'no_answer',
  5: 'no_answer',
  8: 'unreachable',
}

const outcomeInText = (said: string) => {
  const sip = sipReply(said)
  return sip === null ? outcomeInWords(said) : outcomeOfSip(sip)
}

const ended = (status: CallStatus): CallResult => ({ status, assumed: false, costMicros: null })

/**
 * How a call ended: by its `status`, or without one by `isValidNumber` or `reasonCode`; null while it is
 * open. Unknown words and reasons prove nothing. An invalid number explains why it was unreachable.
 */
export function resultOf({
  status,
  reasonCode,
  isValidNumber,
}: Partial<Omit<CallDetails, 'callId' | 'pin'>>): CallResult | null {
  const said =
    status
      ?.toLowerCase()
      .replace(/[\s_-]+/g, ' ')
      .trim() ?? ''
  const known = STATUSES[said] ?? outcomeInText(said)
  if (isValidNumber === false && (said === '' || known === 'unreachable')) return ended('no_such_number')
  const outcome = known ?? (said === '' ? REASON_CODES[reasonCode ?? -1] : null)
  return outcome ? ended(outcome) : null
}

/**
 * How a call of the virtual exchange ended; null while it is active and unanswered. Every call starts as `no
 * answer`, so without `active` that is an end only together with an `endTime`.
 */
export function vpbxResultOf({
  active,
  status,
  endTime,
}: Partial<Pick<VpbxCall, 'active' | 'status' | 'endTime'>>): CallResult | null {
  const result = resultOf({ status })
  const isActive = active ?? (!endTime && result?.status === 'no_answer')
  return isActive && result?.status !== 'answered' ? null : result
}

/** What a judged answer to `start-password-call` says about the call requested with `pin`. */
export function readPlaced(verdict: Verdict, pin: string, secrets: readonly string[]): PlaceOutcome {
  if (verdict.kind === 'unbelievable') {
    const { why, refused } = verdict
    const detail = inWords('en', why)
    return refused ? { kind: 'refused', reason: refused, final: false, detail } : { kind: 'unclear', detail }
  }
  if (verdict.kind === 'error') {
    const reason = refusalReason(verdict.httpStatus, verdict.message)
    const detail = redact(verdict.message, [...secrets, pin]) || `refused with HTTP ${verdict.httpStatus}`
    return { kind: 'refused', reason, final: false, detail }
  }
  const { data: call } = callDetails.safeParse(verdict.data.callDetails)
  if (!call?.callId) return { kind: 'unclear', detail: 'a success without call details' }
  const other = otherPin(call.pin, pin)
  return {
    kind: 'placed',
    callId: call.callId,
    code: other,
    callerHint: null,
    // Reason codes come with polls: in an immediate answer there is no ended call they could describe.
    final: resultOf({ ...call, reasonCode: null }),
    carrier: carrierOf(call.oper, [...secrets, pin]),
    detail: other ? 'accepted, with another pin' : 'accepted',
  }
}

/**
 * The operator's pin if it differs from ours, padded to the length of ours; null if it is ours. Ours may come
 * as a number without leading zeros, or as a whole calling number that ends with it.
 */
function otherPin(told: string | null | undefined, pin: string): string | null {
  const digits = digitsOf(told ?? '')
  if (!digits || pin.endsWith(digits) || digits.endsWith(pin) || digits.length > PIN_LENGTH_MAX) return null
  return digits.padStart(pin.length, '0')
}

const PIN_LENGTH_MAX = 8

/**
 * Marks call ids that are ids of the virtual exchange: the call was found in the records and its `callId` is
 * unknown.
 */
export const VPBX_MARK = 'vpbx:'

/** A row of `vpbx/get-calls` with the members that a record requires; the others are optional. */
const vpbxRow = vpbxCall.extend({
  vpbxId: id,
  dnid: z.union([z.string(), z.number()]),
  startTime: z.unknown().optional(),
})

/**
 * The last `digits` of the number that a call of the exchange came from (`clid`, "номер А"), which end with the pin
 * ("последние 5 цифр номера источника"); null if it is not a phone's.
 */
export const callerEndingOf = ({ clid }: Pick<VpbxCall, 'clid'>, digits: number): string | null =>
  toE164(clid)?.slice(-digits) ?? null

/**
 * Converts outgoing calls of `vpbx/get-calls` to records. `undated`: the phones of calls without a readable
 * time (null: the phone is unreadable too). Leaves out incoming calls and calls to something other than a
 * phone. `code` is null: the pin was ours, and a caller number that does not end with it was replaced.
 */
export function toRecords(
  calls: readonly unknown[],
  digits: number,
): { rows: OperatorRecord[]; undated: (string | null)[] } {
  const undated: (string | null)[] = []
  const rows = calls.flatMap((raw): OperatorRecord[] => {
    const { data: call } = vpbxRow.safeParse(raw)
    const phone = call ? toE164(call.dnid) : null
    if (call && (!phone || call.direction === 'in')) return []
    const time = call && readTime(call.startTime, '+03:00')
    if (!call || !phone || !time) {
      undated.push(phone)
      return []
    }
    return [
      {
        row: call.vpbxId,
        callId: VPBX_MARK + call.vpbxId,
        ...time,
        phone,
        code: null,
        callerEnding: callerEndingOf(call, digits),
        result: vpbxResultOf(call),
        detail: redact(call.status, []),
      },
    ]
  })
  return { rows, undated }
}

/**
 * Converts `company/get-state` to a balance. `credit`: how far below zero it may fall. Null if the balance is
 * withheld.
 */
export function toBalance({
  balance,
  credit,
  currency,
}: z.infer<typeof companyState>): OperatorBalance | null {
  if (balance === null) return null
  return { balanceMicros: balance, currency, limitMicros: -(credit ?? 0n), callPriceMicros: null }
}
