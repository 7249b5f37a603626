import { z } from 'zod'
import { readTime } from '../dates.ts'
import type { CallResult, CallStatus, OperatorBalance, OperatorRecord, PlaceOutcome } from '../provider.ts'
import { redact } from '../redact.ts'
import { amountMicros, parseJson, refusalReason } from '../shapes.ts'

/** Both levels of an answer ("Параметры ответа"): of the server, and in `data` of the method. */
export const answerShape = z.union([
  z.object({ status: z.literal('error'), message: z.string().catch('') }),
  z.object({
    status: z.literal('success'),
    data: z.looseObject({ result: z.enum(['success', 'error']), message: z.string().optional() }),
  }),
])
export type NewTelAnswer = z.infer<typeof answerShape>

const id = z.union([z.int().nonnegative(), z.string().regex(/^[\w-]{1,64}$/)]).transform(String)
const flag = z.union([
  z.boolean(),
  z.literal([0, 1]).transform(Boolean),
  z.literal(['0', '1']).transform((v) => v === '1'),
])
const unixSeconds = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number),
])

/** `callDetails` of `start-password-call` and `get-password-call-status`; the optional members are of the field notes. */
export const callDetails = z.object({
  callId: id,
  pin: z.union([z.string(), z.number().transform(String)]).nullish(),
  status: z.string().nullish(),
  reasonCode: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).nullish(),
  isValidNumber: flag.nullish(),
})
export type CallDetails = z.infer<typeof callDetails>

/** A call of the virtual exchange: a row of `vpbx/get-calls`, `callDetails` of `vpbx/get-call-details`. */
export const vpbxCall = z.object({
  vpbxId: id,
  active: flag,
  direction: z.string().nullish(),
  clid: z.string().nullish(),
  dnid: z.string(),
  status: z.string().nullish(),
  startTime: unixSeconds,
  answerTime: unixSeconds.nullish(),
  endTime: unixSeconds.nullish(),
})
export type VpbxCall = z.infer<typeof vpbxCall>

/** `state` of `company/get-state`. */
export const companyState = z.object({
  balance: amountMicros.nullable(),
  credit: amountMicros.nullable(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  status: z.string(),
})

/** What an answer is worth once its signature is known to be right, missing or wrong. */
export type Verdict =
  | { kind: 'success'; data: Record<string, unknown> }
  | { kind: 'error'; httpStatus: number; message: string }
  /** Not the operator's word: nothing follows from it. */
  | { kind: 'unbelievable'; why: string }

/**
 * Judges an answer. Only what is signed is believed, with one exception: the operator signs answers to authorised
 * requests only ("Подпись ответа"), so a refusal of the credentials themselves, HTTP 401 or 403 with its error
 * envelope, comes without a signature and is taken as that refusal. At worst, the call is made through another account.
 */
export function judge(
  answer: { status: number; text: string },
  signature: 'right' | 'missing' | 'wrong',
): Verdict {
  const httpStatus = answer.status
  const { data: read } = answerShape.safeParse(parseJson(answer.text))
  if (!read || (httpStatus >= 300 && httpStatus < 400)) {
    return { kind: 'unbelievable', why: `HTTP ${httpStatus} without the operator's envelope` }
  }
  if (signature === 'wrong') return { kind: 'unbelievable', why: 'a wrong signature' }
  if (signature === 'missing' && !(read.status === 'error' && (httpStatus === 401 || httpStatus === 403))) {
    return { kind: 'unbelievable', why: `HTTP ${httpStatus} without a signature` }
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

/** The operator's digits to E.164; null for internal numbers and the like. */
export function toE164(digits: string): string | null {
  const read = /^\+?([1-9]\d{8,14})$/.exec(digits.trim())
  return read ? `+${read[1]}` : null
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

const ended = (status: CallStatus): CallResult => ({ status, assumed: false, costMicros: null })

/**
 * How a call ended, by its `status`, else by `isValidNumber`, else by its `reasonCode` (one that is not known ends as
 * `unknown`); null while it is open. A status that is not known counts as none.
 */
export function resultOf({
  status,
  reasonCode,
  isValidNumber,
}: Omit<CallDetails, 'callId'>): CallResult | null {
  const known = STATUSES[status?.trim().toLowerCase() ?? '']
  if (isValidNumber === false && (!known || known === 'unreachable')) return ended('no_such_number')
  if (known) return ended(known)
  if (reasonCode === undefined || reasonCode === null) return null
  return ended(REASON_CODES[reasonCode] ?? 'unknown')
}

/** How a call of the virtual exchange ended; null while it is active and not answered. */
export function vpbxResultOf({ active, status }: Pick<VpbxCall, 'active' | 'status'>): CallResult | null {
  const result = resultOf({ status })
  return active && result?.status !== 'answered' ? null : result
}

/** What a judged answer to `start-password-call` says about the call that was asked for with `pin`. */
export function readPlaced(verdict: Verdict, pin: string, secrets: readonly string[]): PlaceOutcome {
  if (verdict.kind === 'unbelievable') return { kind: 'unclear', detail: verdict.why }
  if (verdict.kind === 'error') {
    const reason = refusalReason(verdict.httpStatus, verdict.message)
    const detail = redact(verdict.message, [...secrets, pin]) || `refused with HTTP ${verdict.httpStatus}`
    return { kind: 'refused', reason, final: false, detail }
  }
  const { data: call } = callDetails.safeParse(verdict.data.callDetails)
  if (!call) return { kind: 'unclear', detail: 'a success without call details' }
  const otherPin = call.pin && call.pin !== pin && /^\d{4,8}$/.test(call.pin) ? call.pin : null
  return {
    kind: 'placed',
    callId: call.callId,
    code: otherPin,
    callerHint: null,
    final: resultOf(call),
    detail: otherPin ? 'accepted, with another pin' : 'accepted',
  }
}

/** Marks an id of the virtual exchange among call ids: such a call was found in the records, its `callId` is not known. */
export const VPBX_MARK = 'vpbx:'

/** What a row of `vpbx/get-calls` must have to be a record; the rest is read where it is there. */
const vpbxRow = z.object({
  vpbxId: id,
  direction: z.string().nullish().catch(null),
  dnid: z.union([z.string(), z.number().transform(String)]),
  active: flag.catch(false),
  status: z.string().nullish().catch(null),
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
