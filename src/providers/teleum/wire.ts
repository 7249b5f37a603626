import { createHash } from 'node:crypto'
import { z } from 'zod'
import { readTime } from '../dates.ts'
import type { CallStatus, OperatorRecord } from '../provider.ts'
import { amountMicros, optional, phoneDigits, text } from '../read.ts'
import { redact } from '../redact.ts'

/** ASSUMPTION: the document names no currency. */
export const CURRENCY = 'RUB'
/** `calldate` names no zone. It is Moscow's. */
export const ZONE = '+03:00'

/** `balance`: a decimal point, nothing else. A comma might separate thousands: refused, not misread. */
export const balance = z.object({
  balance: z
    .union([z.string(), z.number(), z.boolean()])
    .refine((told) => /^-?\d{1,12}(\.\d{1,6})?$/.test(String(told).trim()))
    .pipe(amountMicros),
})

/** A phone of an answer as E.164, in any notation; null for short numbers and everything else. */
export function toE164(told: unknown): string | null {
  const digits = phoneDigits(told) ?? ''
  if (/^8\d{10}$/.test(digits)) return `+7${digits.slice(1)}`
  return /^[1-9]\d{7,14}$/.test(digits) ? `+${digits}` : null
}

const numberRow = z.object({ number: z.unknown().optional(), numberform: z.unknown().optional() })

/** The numbers (E.164) of a list of `getConnectedNumbers` or `getRCIDs`; one alone may stand without a list. */
export function toNumbers(list: unknown): string[] {
  return [list].flat().flatMap((row) => {
    const { data } = numberRow.safeParse(row)
    return toE164(data?.number) ?? toE164(data?.numberform) ?? []
  })
}

/** A row of `reportCalls`. */
export const reportRow = z.object({
  src: z.unknown().optional(),
  dst: z.unknown().optional(),
  calldate: z.unknown().optional(),
  calldatef: z.unknown().optional(),
  billsec: text.catch(''),
  billsecu: text.catch(''),
  disposition: text.catch(''),
  rdr: text.catch(''),
})
export type ReportRow = z.output<typeof reportRow>

export const reportPage = z.object({
  counts: optional(text.transform(Number).pipe(z.int().min(0))),
  calls: z.array(z.unknown()),
})

export const timeOf = ({ calldate, calldatef }: ReportRow): Date | null =>
  (readTime(calldate, ZONE) ?? readTime(calldatef, ZONE))?.at ?? null

/** How a call ended, by `disposition`: its words, or their Russian names. */
export function outcomeOf(disposition: string): CallStatus {
  const said = disposition
    .toUpperCase()
    .replace(/[\s_-]+/g, ' ')
    .trim()
  if (/^(NO ANSWER|UNANSWERED|НЕ ?ОТВЕЧ|НЕТ ОТВЕТА|БЕЗ ОТВЕТА)/.test(said)) return 'no_answer'
  if (/^(ANSWER|ОТВЕЧ)/.test(said)) return 'answered'
  if (/^(BUSY|ЗАНЯТ)/.test(said)) return 'busy'
  return /^(FAILED|СБОЙ)/.test(said) ? 'unreachable' : 'unknown'
}

/** Rows that have these in common may be one call, or several. */
export const sameness = (row: ReportRow): string =>
  [String(row.calldate ?? row.calldatef), String(row.src), String(row.dst), row.billsecu || row.billsec].join(
    '|',
  )

/**
 * Converts rows to records of calls from the account's numbers. Leaves out forwarded calls (`rdr`) and those of
 * other numbers. `undated`: the phones of rows without a readable time (null: the phone is unreadable too).
 */
export function toRecords(
  rows: readonly ReportRow[],
  {
    isOwn,
    codeLength,
    secrets,
  }: { isOwn(number: string): boolean; codeLength: number; secrets: readonly string[] },
): { rows: OperatorRecord[]; undated: (string | null)[] } {
  const undated: (string | null)[] = []
  const seen = new Map<string, number>()
  const records = rows.flatMap((row): OperatorRecord[] => {
    const [from, phone, at] = [toE164(row.src), toE164(row.dst), timeOf(row)]
    if (row.rdr.trim() !== '' || (phoneDigits(row.src) && !(from && isOwn(from)))) return []
    if (!phone && phoneDigits(row.dst)) return []
    if (!phone || !at || !from) {
      undated.push(phone)
      return []
    }
    const key = sameness(row)
    const ordinal = (seen.get(key) ?? 0) + 1
    seen.set(key, ordinal)
    const status = outcomeOf(row.disposition)
    // A call that we cancelled is NO ANSWER, whether or not it rang: what the SIP side heard stands.
    const isTelling = status !== 'no_answer' && status !== 'unknown'
    return [
      {
        row: createHash('sha256').update(`${key}|${ordinal}`).digest('hex').slice(0, 24),
        callId: null,
        at,
        zoned: false,
        phone,
        code: from.slice(-codeLength),
        ofCaller: true,
        result: isTelling ? { status, assumed: false, costMicros: null } : null,
        detail: redact(row.disposition, secrets),
      },
    ]
  })
  return { rows: records, undated }
}
