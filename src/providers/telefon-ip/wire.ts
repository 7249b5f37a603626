import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { inWords } from '../../words/text.ts'
import { readTime } from '../dates.ts'
import type { Answer } from '../http.ts'
import { outcomeInWords, outcomeOfSip, sipReply } from '../outcome-words.ts'
import type { CallResult, OperatorBalance, OperatorRecord, PlaceOutcome } from '../provider.ts'
import {
  amountMicros,
  codeOf,
  flag,
  id,
  namesAnotherPhone,
  optional,
  parseJson,
  phoneDigits,
  text,
} from '../read.ts'
import { redact } from '../redact.ts'
import { refusalReason } from '../shapes.ts'
import { judgeStrange } from '../strange.ts'

/** The envelope of every answer ("field notes": decide by `success`, whatever the HTTP status). */
export const envelope = z.object({
  success: flag,
  error: text.catch(''),
  data: z.unknown().optional(),
})
export type Envelope = z.infer<typeof envelope>

/** Four digits; more, should the operator ever choose longer ones. */
const code = codeOf(4).pipe(z.string().regex(/^\d{4,8}$/))

/** `data` of `get_code` ("field notes"). */
export const placedData = z.object({ phone: z.unknown().optional(), code: optional(code), id: optional(id) })

/** `data` of `get_status`: whatever says how the call ended, and the rest where it can be read. */
export const statusData = z.object({
  id: optional(id),
  phone: z.unknown().optional(),
  status: z.unknown().optional(),
  status_info: text.catch(''),
  price: optional(amountMicros),
})

/** A row of `get_billing_record`, `post_billing_data` and, with the same column names, of `get_billing_csv`. */
export const billingRow = z.object({
  created_at: z.unknown().optional(),
  code_auth: optional(code),
  status: z.unknown().optional(),
  status_info: text.catch(''),
  phone: z.union([z.string(), z.number()]),
  price: optional(amountMicros),
})

/** `data` of `get_balance`. */
export const balanceData = z.object({
  balance: amountMicros,
  price: optional(amountMicros),
  balance_limit: optional(amountMicros),
})

/** What is read of an answer. */
export type Told = Pick<Answer, 'status' | 'text' | 'address'>

/** The envelope of an answer; null where there is none to be believed. */
export function readEnvelope({ status, text }: Told): Envelope | null {
  if (status >= 300 && status < 400) return null
  return envelope.safeParse(parseJson(text)).data ?? null
}

/** E.164 to the operator's `8XXXXXXXXXX`; null for a number that it cannot call. */
export function toOperatorPhone(e164: string): string | null {
  return /^\+7\d{10}$/.test(e164) ? `8${e164.slice(2)}` : null
}

/** The operator's phone in any notation, also as a number, as `7…`, `+7…` or ten digits, to E.164; null for anything else. */
export function toE164(phone: unknown): string | null {
  const national = /^(?:[78]|007|8107)?(\d{10})$/.exec(phoneDigits(phone) ?? '')
  return national ? `+7${national[1]}` : null
}

/** `created_at` has no zone: Moscow time, all year. A zone that is there is believed. */
export const MOSCOW = '+03:00'

/** An instant as the operator writes it: `2023-04-02T12:54:31`, Moscow time. */
export function formatMoscowTime(at: Date): string {
  return new Date(at.getTime() + 3 * 3_600_000).toISOString().slice(0, 19)
}

/** The Moscow day of an instant, `YYYY-MM-DD`. */
export function moscowDay(at: Date): string {
  return formatMoscowTime(at).slice(0, 10)
}

/**
 * ASSUMPTION, kept here alone: the operator documents one outcome (`1`, `Ok: SIP 200 OK`). A SIP reply in the text is followed where
 * it contradicts `status`. Without one a truthy `status` is a delivery, and of a falsy one only words that cannot mistake are an end:
 * with any others (`В обработке`), or none, the call is still open (null).
 */
export function outcomeOf(status: unknown, statusInfo: string): CallResult['status'] | null {
  const { isTrue, words } = readStatus(status)
  const said = `${words} ${statusInfo}`
  const isOk = /^\W*ok\b/i.test(statusInfo)
  const sip = sipReply(said)
  if (sip === null) {
    const outcome = outcomeInWords(said)
    if (outcome === 'busy' || outcome === 'answered') return outcome
    return isTrue || (isOk && (status ?? null) === null) ? 'no_answer' : outcome
  }
  const outcome = outcomeOfSip(sip)
  const leavesOpen = outcome === null || outcome === 'unknown'
  // `480` and its like end calls that rang as well: an operator that says "Ok" beside it knows better.
  if ((isOk && outcome === 'unreachable') || ((isOk || isTrue) && leavesOpen)) return 'no_answer'
  return outcome
}

/** What a status says: that the call was delivered, or words. */
function readStatus(status: unknown): { isTrue: boolean; words: string } {
  if (typeof status === 'number') return { isTrue: status > 0, words: '' }
  const given = text.safeParse(status).data ?? ''
  if (/^[-+]?\d+(\.\d+)?$/.test(given)) return { isTrue: Number(given) > 0, words: '' }
  const isTrue = flag.safeParse(given).data ?? /^(ok|success|delivered)$/i.test(given)
  return { isTrue, words: isTrue ? '' : given }
}

/**
 * What an answer to `get_code` says about the call. Only the operator's envelope is believed, and a server that handed the request
 * to nobody: other pages, a truncated body or a success without its data leave it unclear whether the phone rings. A success without
 * an id is looked for in the records, and its code is right meanwhile.
 */
export function readPlaced(answer: Told, phone: string, secrets: readonly string[]): PlaceOutcome {
  const read = readEnvelope(answer)
  if (!read) {
    const { why, refused } = judgeStrange(answer)
    const detail = inWords('en', why)
    return refused ? { kind: 'refused', reason: refused, final: false, detail } : { kind: 'unclear', detail }
  }
  if (!read.success) {
    const detail = redact(read.error, secrets) || `refused with HTTP ${answer.status}`
    return { kind: 'refused', reason: refusalReason(answer.status, read.error), final: false, detail }
  }
  const { data } = placedData.safeParse(read.data)
  if (namesAnotherPhone(data?.phone, phone))
    return { kind: 'unclear', detail: 'a success about another phone' }
  if (!data?.code) return { kind: 'unclear', detail: 'a success without a code' }
  if (!data.id) return { kind: 'unclear', detail: 'a success without an id', code: data.code }
  return {
    kind: 'placed',
    callId: data.id,
    code: data.code,
    callerHint: null,
    final: null,
    detail: 'accepted',
  }
}

/**
 * Billing rows as records, and the phones of those that cannot be dated (null: not even their phone can be read, which may be masked);
 * rows of phones that this operator cannot call are left out. The operator gives rows no id: `row` is their time and a hash keyed with
 * the account's token, so it holds neither code nor phone.
 */
export function toRecords(
  raws: readonly unknown[],
  token: string,
): { rows: OperatorRecord[]; undated: (string | null)[] } {
  const seen = new Map<string, number>()
  const undated: (string | null)[] = []
  const rows = raws.flatMap((raw): OperatorRecord[] => {
    const { data: row } = billingRow.safeParse(raw)
    const phone = row ? toE164(row.phone) : null
    const time = row && readTime(row.created_at, MOSCOW)
    if (row && !phone && phoneDigits(row.phone)) return []
    if (!row || !phone || !time) {
      undated.push(phone)
      return []
    }
    const at = time.at.toISOString()
    const mark = createHmac('sha256', token).update([at, phone, row.code_auth].join('\n'))
    const name = `${at}/${mark.digest('hex').slice(0, 24)}`
    const nth = (seen.get(name) ?? 0) + 1
    seen.set(name, nth)
    const status = outcomeOf(row.status, row.status_info)
    return [
      {
        row: nth === 1 ? name : `${name}/${nth}`,
        callId: null,
        ...time,
        phone,
        code: row.code_auth ?? null,
        result: status && { status, assumed: false, costMicros: row.price ?? null },
        detail: redact(row.status_info, [token, row.code_auth ?? '']),
      },
    ]
  })
  return { rows, undated }
}

/** `get_balance` as a balance; the operator bills in roubles. Null for another shape. */
export function toBalance(data: unknown): OperatorBalance | null {
  const { data: read } = balanceData.safeParse(data)
  return read
    ? {
        balanceMicros: read.balance,
        currency: 'RUB',
        limitMicros: read.balance_limit ?? 0n,
        callPriceMicros: read.price ?? null,
      }
    : null
}
