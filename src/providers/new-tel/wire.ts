import { z } from 'zod'
import { digitsOf } from '../../values/pasted.ts'
import { inWords, say, type Text } from '../../words/text.ts'
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

/** Both levels of an answer ("Параметры ответа"): of the server, and in `data` of the method. */
export const answerShape = z.union([
  z.object({ status: outcome.pipe(z.literal('error')), message: text.catch('') }),
  z.object({
    status: outcome.pipe(z.literal('success')),
    data: z.looseObject({ result: outcome, message: optional(text) }),
  }),
])
export type NewTelAnswer = z.input<typeof answerShape>

/** `callDetails` of `start-password-call` and `get-password-call-status`; those below `status` are of the field notes. */
export const callDetails = z.object({
  callId: optional(id),
  pin: optional(text),
  status: optional(text),
  reasonCode: optional(integer),
  isValidNumber: optional(flag),
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

/** What an answer is worth once its signature is known to be right, missing or wrong. */
export type Verdict =
  | { kind: 'success'; data: Record<string, unknown> }
  | { kind: 'error'; httpStatus: number; message: string }
  /** Not the operator's word. `refused`: why it certainly did nothing; null: nothing follows from it. */
  | { kind: 'unbelievable'; why: Text; refused: RefusalReason | null }

/**
 * Judges an answer. Only what is signed is believed, with one exception: the operator signs answers to authorised
 * requests only ("Подпись ответа"), so a refusal of the credentials themselves, HTTP 401 or 403 with its error
 * envelope, comes without a signature and is taken as that refusal. At worst, the call is made through another account.
 * A server that is not the operator's can still prove that nobody got the request (`judgeStrange`).
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

/** E.164 to the operator's digits (9 to 15, not starting with 0); null for a number that it cannot call. */
export function toOperatorPhone(e164: string): string | null {
  return /^\+[1-9]\d{8,14}$/.test(e164) ? e164.slice(1) : null
}

/**
 * The operator's digits to E.164; null for internal numbers and the like. Eleven digits from 83 or 89 are Russian ones behind their
 * trunk prefix: no country has those codes.
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
/** Seen without a `status` ("field notes"): 1, 3, 4, 5 rang, 0 and 8 could not be reached. */
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
 * How a call ended, by its `status`, or, where it has none at all, by `isValidNumber` or its `reasonCode`; null while it is open. Words
 * and reasons that are not known prove nothing. An invalid number explains why it could not be reached.
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
 * How a call of the virtual exchange ended; null while it is active and not answered. `no answer` is what every call begins with: where
 * `active` is not told, it is an end only beside the time of one.
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

/** What a judged answer to `start-password-call` says about the call that was asked for with `pin`. */
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
    // Reasons are of polls: beside an answer that comes at once they would be those of no call yet.
    final: resultOf({ ...call, reasonCode: null }),
    detail: other ? 'accepted, with another pin' : 'accepted',
  }
}

/**
 * The pin that the operator used where it is another than ours, never shorter than ours; null where it is ours: a number has lost
 * its leading zeros, and a whole calling number ends with it.
 */
function otherPin(told: string | null | undefined, pin: string): string | null {
  const digits = digitsOf(told ?? '')
  if (!digits || pin.endsWith(digits) || digits.endsWith(pin) || digits.length > LONGEST_PIN) return null
  return digits.padStart(pin.length, '0')
}

const LONGEST_PIN = 8

/** Marks an id of the virtual exchange among call ids: such a call was found in the records, its `callId` is not known. */
export const VPBX_MARK = 'vpbx:'

/** What a row of `vpbx/get-calls` must have to be a record; the rest is read where it is there. */
const vpbxRow = vpbxCall.extend({
  vpbxId: id,
  dnid: z.union([z.string(), z.number()]),
  startTime: z.unknown().optional(),
})

/**
 * Outgoing calls of `vpbx/get-calls` as records, and the phones of those that cannot be dated (null: not even their phone can be
 * read); calls that come in or go to no phone are left out. The pin was ours, and a caller number need not end with it here, so
 * `code` is null.
 */
export function toRecords(calls: readonly unknown[]): { rows: OperatorRecord[]; undated: (string | null)[] } {
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
        result: vpbxResultOf(call),
        detail: redact(call.status, []),
      },
    ]
  })
  return { rows, undated }
}

/** `company/get-state` as a balance: the credit is how far below zero it may fall. Null where the balance is withheld. */
export function toBalance({
  balance,
  credit,
  currency,
}: z.infer<typeof companyState>): OperatorBalance | null {
  if (balance === null) return null
  return { balanceMicros: balance, currency, limitMicros: -(credit ?? 0n), callPriceMicros: null }
}
