import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { readTime } from '../dates.ts'
import type { CallResult, OperatorBalance, OperatorRecord, PlaceOutcome } from '../provider.ts'
import { redact } from '../redact.ts'
import { amountMicros, parseJson, refusalReason } from '../shapes.ts'

/** The envelope of every answer ("field notes": decide by `success`, whatever the HTTP status). */
export const envelope = z.object({
  success: z.boolean(),
  error: z.string().catch(''),
  data: z.unknown(),
})
export type Envelope = z.infer<typeof envelope>

const truth = z
  .union([z.boolean(), z.number(), z.string(), z.null()])
  .transform((value) =>
    typeof value === 'string' ? !/^(|0|false|null)$/i.test(value.trim()) : Boolean(value),
  )
const operatorText = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
const callId = z.union([z.int().nonnegative(), z.string().regex(/^\d{1,30}$/)]).transform(String)
/** Four digits; a number has lost its leading zeros. */
const code = z
  .union([
    z
      .int()
      .nonnegative()
      .transform((value) => String(value).padStart(4, '0')),
    z.string(),
  ])
  .pipe(z.string().regex(/^\d{4}$/))

/** `data` of `get_code` ("field notes"). */
export const placedData = z.object({ phone: z.string().optional(), code, id: callId })

/** `data` of `get_status`. */
export const statusData = z.object({
  id: callId.optional(),
  created_at: z.string().optional(),
  phone: z.string(),
  status: truth,
  status_info: operatorText,
  price: amountMicros.nullish(),
})

/** A row of `get_billing_record`, `post_billing_data` and, with the same column names, of `get_billing_csv`. */
export const billingRow = z.object({
  created_at: z.union([z.string(), z.number()]).nullish().catch(null),
  code_auth: code.nullish().catch(null),
  status: truth.catch(false),
  status_info: operatorText.catch(''),
  phone: z.union([z.string(), z.number().transform(String)]),
  price: amountMicros.nullish().catch(null),
})

/** `data` of `get_balance`. */
export const balanceData = z.object({
  balance: amountMicros,
  price: amountMicros.nullish(),
  balance_limit: amountMicros,
})

/** The envelope in an answer's text; null where there is none. */
export function readEnvelope(text: string): Envelope | null {
  return envelope.safeParse(parseJson(text)).data ?? null
}

/** E.164 to the operator's `8XXXXXXXXXX`; null for a number that it cannot call. */
export function toOperatorPhone(e164: string): string | null {
  return /^\+7\d{10}$/.test(e164) ? `8${e164.slice(2)}` : null
}

/** The operator's phone, also as `7…` or `+7…`, to E.164; null for anything else. */
export function toE164(phone: string): string | null {
  const digits = /^\+?[78](\d{10})$/.exec(phone.trim())
  return digits ? `+7${digits[1]}` : null
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
 * ASSUMPTION, kept here alone: the operator documents one outcome (`1`, `Ok: SIP 200 OK`); the rest is read from the
 * SIP reply. A truthy status is a delivery. A falsy one with no text, or with a provisional SIP reply, is still open
 * (null); with any other text it is an end.
 */
export function outcomeOf(status: boolean, statusInfo: string): CallResult['status'] | null {
  const sip = Number(/\bSIP[ /:-]*(?:2\.0\s+)?(\d{3})\b/i.exec(statusInfo)?.[1] ?? 0)
  if (status) {
    if (sip === 486 || sip === 600) return 'busy'
    return sip === 200 ? 'answered' : 'no_answer'
  }
  if (statusInfo.trim() === '' || (sip >= 100 && sip < 200)) return null
  if (sip === 486 || sip === 600) return 'busy'
  if (sip === 404 || sip === 484 || sip === 604) return 'no_such_number'
  if (sip === 408 || sip === 480 || (sip >= 500 && sip < 600)) return 'unreachable'
  return 'unknown'
}

/**
 * What an answer to `get_code` says about the call. Only the operator's envelope is believed: a redirect, HTML, a
 * truncated body or a success without its data leave it unclear whether the phone rings.
 */
export function readPlaced(
  answer: { status: number; text: string },
  phone: string,
  secrets: readonly string[],
): PlaceOutcome {
  const read = answer.status >= 300 && answer.status < 400 ? null : readEnvelope(answer.text)
  if (!read) return { kind: 'unclear', detail: `HTTP ${answer.status} without the operator's envelope` }
  if (!read.success) {
    const detail = redact(read.error, secrets) || `refused with HTTP ${answer.status}`
    return { kind: 'refused', reason: refusalReason(answer.status, read.error), final: false, detail }
  }
  const { data } = placedData.safeParse(read.data)
  if (!data) return { kind: 'unclear', detail: 'a success without id and code' }
  if (data.phone !== undefined && toE164(data.phone) !== phone) {
    return { kind: 'unclear', detail: 'a success about another phone' }
  }
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
 * Billing rows as records, and the phones of those that cannot be dated (null: not even their phone can be read); rows of what
 * is no phone are left out. The operator gives rows no id: `row` is their time and a hash keyed with the account's token, so it
 * holds neither code nor phone.
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
    if (row && !phone) return []
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
        limitMicros: read.balance_limit,
        callPriceMicros: read.price ?? null,
      }
    : null
}
