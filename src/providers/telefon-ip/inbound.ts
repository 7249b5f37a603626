import { z } from 'zod'
import type { PlaceOutcome, StatusOutcome } from '../provider.ts'
import { amountMicros, id, namesAnotherId, namesAnotherPhone, optional, text } from '../read.ts'
import { redact } from '../redact.ts'
import { readStart, type Told, toE164 } from './wire.ts'

/** How long the operator waits for the call. */
const VALID_MS = 120_000

/** `data` of `reverse_auth_phone_get` and `_post`: seen in use, not documented. */
export const startedData = z.object({
  auth_phone: z.unknown().optional(),
  id: optional(id),
  phone: z.unknown().optional(),
  url_link: text.catch(''),
})

/** `data` of `reverse_auth_phone_check`: seen in use, not documented. */
export const checkedData = z.object({
  id: optional(id),
  phone: z.unknown().optional(),
  status: text.catch(''),
  price: optional(amountMicros),
})

/**
 * What an answer to the start of an inbound call says. `askedAt`: when the request was sent. A success without a
 * number or an id is unclear: nobody can call, or nobody could tell whose call it was.
 */
export function readStarted(
  answer: Told,
  phone: string,
  { askedAt, secrets }: { askedAt: number; secrets: readonly string[] },
): PlaceOutcome {
  const read = readStart(answer, secrets)
  if ('kind' in read) return read
  const { data } = startedData.safeParse(read.data)
  if (namesAnotherPhone(data?.phone, phone))
    return { kind: 'unclear', detail: 'a success about another phone' }
  const number = toE164(data?.auth_phone) ?? toE164(data?.url_link.replace(/^tel:/i, ''))
  if (!number) return { kind: 'unclear', detail: 'a success without a number to call' }
  if (!data?.id) return { kind: 'unclear', detail: 'a success without an id' }
  return {
    kind: 'placed',
    callId: data.id,
    code: null,
    callerHint: null,
    callTo: { number, expiresAt: new Date(askedAt + VALID_MS) },
    final: null,
    detail: 'accepted',
  }
}

/** What `data` of a check says about the call of `phone`. Only a plain `ok` is a call. */
export function readChecked(
  data: unknown,
  { callId, phone }: { callId: string; phone: string },
): StatusOutcome {
  const { data: read } = checkedData.safeParse(data)
  if (!read) return { kind: 'fault', detail: 'a success without a status' }
  if (namesAnotherId(read.id, callId)) return { kind: 'fault', detail: 'the status is of another call' }
  const status = read.status.trim().toLowerCase()
  const costMicros = read.price ?? null
  if (status === 'ok') return { kind: 'called', by: toE164(read.phone), costMicros, detail: 'ok' }
  if (namesAnotherPhone(read.phone, phone)) return { kind: 'fault', detail: 'the status is of another call' }
  if (status !== 'expired') return { kind: 'open', detail: redact(read.status, []) }
  return {
    kind: 'final',
    result: { status: 'not_called', assumed: false, costMicros },
    detail: 'expired',
  }
}
