import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { Channel } from '../../channels/channels.ts'
import { statusOn } from '../../channels/reached.ts'
import { inWords } from '../../words/text.ts'
import { carrierOf } from '../carrier.ts'
import { readTime } from '../dates.ts'
import type { Answer } from '../http.ts'
import { outcomeInWords, outcomeOfSip, sipReply } from '../outcome-words.ts'
import type { CallRequest, CallResult, OperatorBalance, OperatorRecord, PlaceOutcome } from '../provider.ts'
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

/** The envelope of every answer. `success` decides, whatever the HTTP status: seen in use, not documented. */
export const envelope = z.object({
  success: flag,
  error: text.catch(''),
  data: z.unknown().optional(),
})
export type Envelope = z.infer<typeof envelope>

const CODE_DIGITS = 4

/** Four digits, or more if the operator ever chooses longer codes. */
const code = codeOf(CODE_DIGITS).pipe(z.string().regex(/^\d{4,8}$/))

/**
 * `data` of `get_code`, `get_sms_code` and `get_tg_code`: seen in use, not documented. Only the last one also
 * tells a status and `operator_name`: ASSUMPTION, the network of the phone.
 */
export const placedData = z.object({
  phone: z.unknown().optional(),
  code: optional(code),
  id: optional(id),
  status: z.unknown().optional(),
  status_info: text.catch(''),
  operator_name: optional(text),
})

/** `data` of `get_status`: what says how the call ended, and the rest if it can be read. */
export const statusData = z.object({
  id: optional(id),
  phone: z.unknown().optional(),
  status: z.unknown().optional(),
  status_info: text.catch(''),
  price: optional(amountMicros),
})

/**
 * A row of `get_billing_record`, `post_billing_data` and, with the same column names, of `get_billing_csv`.
 */
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

/** The parts of an answer that are read. */
export type Told = Pick<Answer, 'status' | 'text' | 'address'>

/** The envelope of an answer; null if there is no reliable one. */
export function readEnvelope({ status, text }: Told): Envelope | null {
  if (status >= 300 && status < 400) return null
  return envelope.safeParse(parseJson(text)).data ?? null
}

/** Converts E.164 to the operator's `8XXXXXXXXXX`; null for a number it cannot call. */
export function toOperatorPhone(e164: string): string | null {
  return /^\+7\d{10}$/.test(e164) ? `8${e164.slice(2)}` : null
}

/**
 * Converts the operator's phone to E.164, from any notation: a number, `7…`, `+7…`, ten digits; null for
 * anything else.
 */
export function toE164(phone: unknown): string | null {
  const national = /^(?:[78]|007|8107)?(\d{10})$/.exec(phoneDigits(phone) ?? '')
  return national ? `+7${national[1]}` : null
}

/** `created_at` has no zone and is Moscow time all year. If it does name a zone, that zone applies. */
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
 * ASSUMPTION, made only here: the operator documents a single outcome (`1`, `Ok: SIP 200 OK`). A SIP reply in
 * the text overrides `status`, and so do words about a message. Without them, a truthy `status` is a delivery,
 * and a falsy one is an end only with unmistakable words; with other words (`В обработке`) or none, the call is
 * still open (null). `channel`: null in billing rows, which do not tell it; read their outcome with `statusOn`.
 */
export function outcomeOf(
  status: unknown,
  statusInfo: string,
  channel: Channel | null,
): CallResult['status'] | null {
  const { isTrue, words } = readStatus(status)
  const said = `${words} ${statusInfo}`
  const isOk = /^\W*ok\b/i.test(statusInfo)
  const isMessage = channel === 'sms' || channel === 'telegram'
  const sip = sipReply(said)
  if (sip === null) {
    const ofMessage = messageInWords([words, statusInfo], isMessage)
    if (ofMessage) return ofMessage
    const outcome = outcomeInWords(said)
    if (outcome === 'busy' || outcome === 'answered') return outcome
    if (isTrue || (isOk && (status ?? null) === null)) return 'delivered'
    // A message can still arrive at a phone that nobody answers.
    return isMessage && outcome === 'no_answer' ? null : outcome
  }
  const outcome = outcomeOfSip(sip)
  const leavesOpen = outcome === null || outcome === 'unknown'
  // `480` and similar replies also end calls that rang: if the operator adds "Ok", believe that.
  if ((isOk && outcome === 'unreachable') || ((isOk || isTrue) && leavesOpen)) return 'delivered'
  return outcome
}

const DELIVERED = /^(?:(?:message|sms|сообщение|смс) )?(?:delivered|доставлено)$/
const UNDELIVERED =
  /^(?:(?:error|ошибка) )?(?:(?:message|sms|сообщение|смс) )?(?:not delivered|undelivered|undeliverable|delivery failed|не ?доставлено|не удалось доставить|ошибка доставки)$/
/** May be said of a call that rang, too. */
const MESSAGE_FAILED =
  /^(?:(?:error|ошибка) )?(?:(?:message|sms|сообщение|смс) )?(?:failed|expired|просрочено|срок истек|истек срок(?: доставки)?)$/

/** How a message ended, if nothing but that is said. ASSUMPTION, like the others. */
function messageInWords(given: readonly string[], isMessage: boolean): 'delivered' | 'unreachable' | null {
  const said = given.map(plain).filter((words) => words !== '')
  const failed = (words: string) => UNDELIVERED.test(words) || (isMessage && MESSAGE_FAILED.test(words))
  if (said.some(failed)) return 'unreachable'
  return DELIVERED.test(said.join(' ')) ? 'delivered' : null
}

const plain = (words: string) =>
  words
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/[\s.,:;!]+/g, ' ')
    .trim()

/** What a status says: whether the call was delivered, or words. */
function readStatus(status: unknown): { isTrue: boolean; words: string } {
  if (typeof status === 'number') return { isTrue: status > 0, words: '' }
  const given = text.safeParse(status).data ?? ''
  if (/^[-+]?\d+(\.\d+)?$/.test(given)) return { isTrue: Number(given) > 0, words: '' }
  const isTrue = flag.safeParse(given).data ?? /^(ok|success|delivered)$/i.test(given)
  return { isTrue, words: isTrue ? '' : given }
}

/**
 * The `data` of a success, or what any other answer to a request that starts something means. Believes only the
 * operator's envelope, or a server that provably did not process the request: after other pages or a truncated
 * body it is unclear what happened.
 */
export function readStart(answer: Told, secrets: readonly string[]): { data: unknown } | PlaceOutcome {
  const read = readEnvelope(answer)
  if (!read) {
    const { why, refused } = judgeStrange(answer)
    const detail = inWords('en', why)
    return refused ? { kind: 'refused', reason: refused, final: false, detail } : { kind: 'unclear', detail }
  }
  if (read.success) return { data: read.data }
  const detail = redact(read.error, secrets) || `refused with HTTP ${answer.status}`
  return { kind: 'refused', reason: refusalReason(answer.status, read.error), final: false, detail }
}

/**
 * What an answer to `get_code`, `get_sms_code` or `get_tg_code` says about the call or message. After a success
 * without its data, it is unclear whether the phone rings. A call whose success has no id is searched for in the
 * records; its code is right meanwhile. An end is believed at once only if it is a failure: the status of a
 * success tells its price as well.
 */
export function readPlaced(
  answer: Told,
  { channel, phone, code: ours }: CallRequest,
  secrets: readonly string[],
): PlaceOutcome {
  const read = readStart(answer, secrets)
  if ('kind' in read) return read
  const { data } = placedData.safeParse(read.data)
  if (namesAnotherPhone(data?.phone, phone))
    return { kind: 'unclear', detail: 'a success about another phone', isOfAnother: true }
  if (!data?.code && !ours) return { kind: 'unclear', detail: 'a success without a code' }
  // Codes are read with four digits; ours may be shorter.
  const sent = data?.code && data.code !== ours?.padStart(CODE_DIGITS, '0') ? data.code : null
  if (!data?.id) {
    return { kind: 'unclear', detail: 'a success without an id', ...(sent ? { code: sent } : {}) }
  }
  const outcome = channel === 'telegram' ? outcomeOf(data.status, data.status_info, channel) : null
  const status = outcome && statusOn(channel, outcome)
  const failed = status === 'unreachable' || status === 'no_such_number'
  return {
    kind: 'placed',
    callId: data.id,
    code: sent,
    callerHint: null,
    final: failed ? { status, assumed: false, costMicros: null } : null,
    carrier: carrierOf(data.operator_name, secrets),
    detail: failed ? redact(data.status_info, secrets) : 'accepted',
  }
}

/**
 * Converts billing rows to records. `undated`: the phones of rows without a readable time (null: the phone is
 * unreadable too, e.g. masked). Leaves out rows of phones that this operator cannot call. Rows have no id, so
 * `row` is their time plus a hash keyed with the account's token: it reveals neither code nor phone.
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
    const status = outcomeOf(row.status, row.status_info, null)
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

/** Converts `get_balance` to a balance; the operator bills in roubles. Null for another shape. */
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
