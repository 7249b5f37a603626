import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { readTime } from '../dates.ts'
import { outcomeInWords } from '../outcome-words.ts'
import type { CallResult, CallStatus, OperatorRecord } from '../provider.ts'
import { amountMicros, flag, namesAnotherPhone, optional, phoneDigits, text } from '../read.ts'
import { redact } from '../redact.ts'

/** The system currency, in which `balance`, `overdraft` and `cost` are. */
export const CURRENCY = 'EUR'

/** Phones go out as digits. Up to seven digits may be an internal SIP login, so they are never sent. */
export function toOperatorPhone(e164: string): string | null {
  return /^\+[1-9]\d{7,14}$/.test(e164) ? e164.slice(1) : null
}

/** A phone of the log as E.164; null for SIP logins, aliases and anything else. `known`: it may be meant. */
export function toE164(told: unknown, known: string | null): string | null {
  const digits = phoneDigits(told)
  if (!digits) return null
  if (known && !namesAnotherPhone(digits, known)) return known
  return /^[1-9]\d{7,14}$/.test(digits) ? `+${digits}` : null
}

/** A unique id: «Уникальный идентификатор», also as a number, perhaps with a dot. */
export const uniqueId = text.pipe(
  z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .refine((id) => !/^(true|false|null)$/i.test(id)),
)

/** ASSUMPTION: a message's or call's unique id is the `id` of its row in the log. */
export const logRow = z.object({
  id: optional(uniqueId),
  destination: z.unknown().optional(),
  callerid: z.unknown().optional(),
  /** The time in the zone of the user. `date` is in the server's own, which is not told. */
  clientdate: z.unknown().optional(),
  status: text.catch(''),
  cost: optional(amountMicros),
})
export type LogRow = z.infer<typeof logRow>

/** A row of `getDIDList`. */
export const didRow = z.object({
  did: z.union([z.string(), z.number()]),
  enabled: flag.catch(true),
  expiration: z.unknown().optional(),
})
export type DidRow = z.input<typeof didRow>

/** `getValue?property=timezone`: hours east of UTC, as `3`, `5.5` or `-3.5`. */
export const zoneHours = text.transform(Number).pipe(z.number().min(-14).max(14).multipleOf(0.25))

/** Hours east of UTC as an offset: `+05:30`. */
export function offsetOf(hours: number): string {
  const minutes = Math.round(Math.abs(hours) * 60)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${hours < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** An instant as the log writes it for a user with this zone: `2026-11-28 14:06:51`. */
export function formatTime(at: Date, hours: number): string {
  return new Date(at.getTime() + hours * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
}

const UNREACHABLE_CAUSES = [20, 27, 31, 34, 38, 41, 42, 127]

/**
 * ASSUMPTION, made only here: a status in the log is a Q.850 cause and Asterisk's dial status (`0CANCEL`), or one
 * of the texts of `deliveryReport`. Null while the call or message is open; so are words that say nothing else.
 */
export function outcomeOf(said: string): CallStatus | null {
  const [, report] = /^\s*SMS\s+(sent|deliv|undeliv)/i.exec(said) ?? []
  if (report) return REPORTS[report.toLowerCase()] ?? null
  const [, digits = '', words = ''] = /^\s*(\d{0,3})(?!\d)(.*)$/s.exec(said) ?? []
  const word = words.toUpperCase().replace(/[^A-Z]/g, '')
  const cause = digits === '' ? null : Number(digits)
  const isUnavailable = /^(CHANUNAVAIL|UNAVAIL|CONGESTION)$/.test(word)
  if (/^(ANSWER|ANSWERED|SUCCESS)$/.test(word)) return 'answered'
  // Declined by the person, or refused by a trunk.
  if (cause === 21) return 'unknown'
  if (word === 'BUSY' || cause === 17) return 'busy'
  if (/^(NOANSWER|CANCEL)$/.test(word) || cause === 18 || cause === 19) return 'no_answer'
  if (isUnavailable && (cause === 1 || cause === 28)) return 'no_such_number'
  if (isUnavailable || (cause !== null && UNREACHABLE_CAUSES.includes(cause))) return 'unreachable'
  return cause === null ? outcomeInWords(said) : null
}

/** The cause named as one: `CANCEL, Q.850 cause 0`, so that `redact` does not take it for a part of a code. */
const readable = (said: string) =>
  said.replace(
    /^\s*(1[01]\d|12[0-7]|\d{1,2})([A-Z][A-Z ]*)$/i,
    (_, cause, word) => `${word}, Q.850 cause ${cause}`,
  )

const REPORTS: Record<string, CallStatus | null> = { sent: null, deliv: 'delivered', undeliv: 'unreachable' }

/** What rows with one id say together: a later one corrects an earlier one, and their costs add up. */
export type Entry = {
  id: string | null
  /** When the call began; null if no row can be dated. */
  at: Date | null
  destination: unknown
  callerid: unknown
  result: CallResult | null
  detail: string
}

/** The entries of a log. `offset`: the zone of `clientdate`. */
export function toEntries(rows: readonly LogRow[], offset: string, secrets: readonly string[]): Entry[] {
  const dated = rows.map((row) => ({ row, at: readTime(row.clientdate, offset)?.at ?? null }))
  const calls = Map.groupBy(withoutCopies(dated), ({ row }) => row.id ?? row)
  return [...calls.values()].flatMap((same): Entry[] => {
    const ordered = same.toSorted((a, b) => Number(a.at) - Number(b.at))
    const [first, last] = [ordered[0], ordered.at(-1)]
    if (!first || !last) return []
    const costs = ordered.flatMap(({ row }) => row.cost ?? [])
    const costMicros = costs.length > 0 ? costs.reduce((sum, cost) => sum + cost, 0n) : null
    const status = outcomeOf(last.row.status)
    return [
      {
        id: first.row.id ?? null,
        at: ordered.every(({ at }) => at) ? first.at : null,
        destination: first.row.destination,
        callerid: first.row.callerid,
        result: status && { status, assumed: false, costMicros },
        detail: redact(readable(last.row.status), secrets),
      },
    ]
  })
}

/** Rows that come twice are one row; a correction differs in its time, status or cost. */
function withoutCopies<D extends { row: LogRow }>(dated: readonly D[]): D[] {
  const seen = new Set<string>()
  return dated.filter(({ row }) => {
    const { id, clientdate, status, cost } = row
    const name = JSON.stringify([id, clientdate, status, String(cost)])
    if (!id || !seen.has(name)) return Boolean(seen.add(name))
    return false
  })
}

/** The end of the number that an entry says the phone was shown; null if it names none. */
export function endingOf({ callerid }: Entry, digits: number): string | null {
  const told = phoneDigits(callerid)
  return told && told.length >= digits ? told.slice(-digits) : null
}

/**
 * Converts entries to records of calls to phones. `undated`: the phones of those without a readable time (null:
 * the phone is unreadable too). Leaves out calls to SIP logins. `key` names records without an id.
 */
export function toRecords(
  entries: readonly Entry[],
  { known, codeLength, key }: { known: string | null; codeLength: number; key: string },
): { rows: OperatorRecord[]; undated: (string | null)[] } {
  const undated: (string | null)[] = []
  const rows = entries.flatMap((entry): OperatorRecord[] => {
    const { id, at, result, detail } = entry
    const phone = toE164(entry.destination, known)
    if (!phone && phoneDigits(entry.destination)) return []
    if (!phone || !at) {
      undated.push(phone)
      return []
    }
    const code = endingOf(entry, codeLength)
    const row = id ?? nameOf([at.toISOString(), phone, code], key)
    return [{ row, callId: id, at, zoned: true, phone, code, ofCaller: true, result, detail }]
  })
  return { rows, undated }
}

const nameOf = (parts: readonly unknown[], key: string) =>
  createHmac('sha256', key).update(parts.join('\n')).digest('hex').slice(0, 32)
