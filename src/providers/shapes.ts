import { z } from 'zod'
import { readNumbers } from '../channels/pool-numbers.ts'
import { issue, pack } from '../words/text.ts'
import type { Sent } from './http.ts'
import { ProviderFault, type RefusalReason, type StatusOutcome } from './provider.ts'

/** Settings of every provider account; spread them into a provider's own strict object. */
export const commonSettings = {
  request_timeout_ms: z
    .int()
    .min(100)
    .max(60_000)
    .default(12_000)
    .describe(
      'Timeout of the whole request, in milliseconds; after it, it is unclear whether a call was placed',
    ),
  poll_first_ms: z
    .int()
    .min(50)
    .max(60_000)
    .default(700)
    .describe('First pause between polls, in milliseconds'),
  poll_max_ms: z
    .int()
    .min(50)
    .max(60_000)
    .default(5_000)
    .describe('Longest pause between polls, in milliseconds'),
  adopt_after_seconds: z
    .array(z.number().min(0).max(300))
    .min(1)
    .max(10)
    .default([2, 4, 8])
    .describe('When to search for a call whose answer was lost, in seconds after the loss'),
  max_in_flight: z.int().min(1).nullable().default(null).describe('Calls in flight at once; null: no limit'),
  max_per_second: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('Calls a second; 0.2 is one in five seconds; null: no limit'),
  breaker: z.boolean().default(true).describe('Rest the account while its operator fails'),
  reorder: z
    .boolean()
    .default(true)
    .describe('Move the account behind the next for a channel and prefix to which it no longer delivers'),
  code_length: z
    .int()
    .min(4)
    .max(8)
    .nullable()
    .default(null)
    .describe(
      'Digits of codes of our own, as far as the operator takes them; null: six for SMS and voice where it does',
    ),
  caller: z
    .strictObject({
      prefixes: z
        .array(z.string().regex(/^\+\d{1,14}$/, issue('prefix')))
        .min(1)
        .max(20),
      number_length: z.int().min(6).max(15),
    })
    .nullable()
    .default(null)
    .describe(
      'The numbers that calls come from: their prefixes, `["+7495"]`, and how many digits they have, 11; shown as `caller_hint`, without the code',
    ),
}

/** Settings of a provider whose accounts have a pool of numbers; spread them beside `commonSettings`. */
export const poolSettings = {
  numbers: z
    .array(z.string().overwrite((text) => text.replace(/[\s()]/g, '')))
    .min(1)
    .max(100_000)
    .superRefine((entries, issues) => {
      const read = readNumbers(entries)
      if ('refused' in read) issues.addIssue({ code: 'custom', message: pack(read.refused) })
    })
    .describe(
      'The numbers that the account owns and calls from: E.164 numbers, and ranges like `+74951110000-74951119999`; at most 100,000 in all. The last digits of the number that calls are the code',
    ),
  code_length: z.int().min(4).max(8).default(4).describe('Digits of the code'),
}

/** Removes quotes, spaces and invisible characters copied along with a key. */
export function cleanPasted(text: string): string {
  return text.replace(/[\s\p{C}"'`«»“”„‘’]/gu, '')
}

/**
 * Why an operator refused, by its HTTP status and text. ASSUMPTION: the documents name few texts
 * (`Unauthorized token`); the others are what such services usually say, in English or Russian.
 */
export function refusalReason(httpStatus: number, text: string): RefusalReason {
  if (httpStatus === 401 || /unauthori[sz]ed/i.test(text)) return 'unauthorized'
  if (httpStatus === 402 || /balance|funds|недостаточно|баланс|средств/i.test(text)) return 'balance'
  if (httpStatus === 429 || /limit|too many|лимит|превышен/i.test(text)) return 'limit'
  if (/phone|number|номер|телефон/i.test(text)) return 'invalid_phone'
  // With 403, an operator's own limits come before the credentials: a false `unauthorized` stops the account.
  if (httpStatus === 403) return 'unauthorized'
  return httpStatus >= 500 ? 'unavailable' : 'other'
}

/** The outcome of a poll that failed. */
export const pollFault = ({ message: detail, reason }: ProviderFault): StatusOutcome =>
  reason === 'unauthorized' ? { kind: 'fault', detail, reason } : { kind: 'fault', detail }

/** The fault for a request without an answer. */
export function faultOf(sent: Exclude<Sent, { kind: 'answer' }>): ProviderFault {
  if (sent.kind === 'not_sent') return new ProviderFault('unreachable', sent.why)
  const reason = { timeout: 'timeout', connection: 'unreachable', too_large: 'bad_answer' } as const
  return new ProviderFault(reason[sent.cause], sent.why)
}
