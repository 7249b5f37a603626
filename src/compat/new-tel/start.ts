import { z } from 'zod'
import type { Exchange } from '../../exchange/exchange.ts'
import { toE164 } from '../../providers/new-tel/wire.ts'
import type { DoorContext } from '../context.ts'
import type { Doors } from '../doors.ts'
import { invalid, refused, success, type Told } from './answers.ts'
import { endOf, toCallId } from './rows.ts'

const digits = z.union([z.string().trim(), z.number().transform(String)])
const flag = z.union([z.literal([0, 1]), z.literal(['0', '1']).transform(Number)])
const startParams = z.object({
  async: flag.default(1),
  dstNumber: digits.pipe(z.string().regex(/^\+?[1-9]\d{8,14}$/)),
  pin: digits.pipe(z.string().regex(/^\d{4,5}$/)).optional(),
  timeout: z.coerce.number().int().min(20).max(99).default(20),
})

const TTL_SECONDS = 300
const CODE_WITHIN_MS = 11_000
/** A call is placed, and its end learnt, beside the time that it may ring. */
const MARGIN_MS = 10_000

/** `start-password-call`: calls from a number that ends with the pin. With `async` 0 the answer has the end. */
export async function startCall(
  doors: Doors,
  context: DoorContext,
  exchange: Pick<Exchange, 'place'>,
  given: unknown,
): Promise<Told> {
  const { data: params, error } = startParams.safeParse(given)
  if (!params) return invalid(String(error.issues[0]?.path[0] ?? 'body'))
  const phone = toE164(params.dstNumber)
  if (!phone) return invalid('dstNumber')
  const { pin } = params
  const { number, verification } = await doors.start(context, {
    phone,
    steps: [{ channel: 'flash_call', wait_seconds: TTL_SECONDS }],
    ttlSeconds: TTL_SECONDS,
    ...(pin === undefined ? {} : { code: pin }),
  })
  // Who waits takes no place from requests that work.
  exchange.place?.pause()
  try {
    const told = await doors.awaitCode(context, verification.id, { timeoutMs: CODE_WITHIN_MS })
    const code = told.kind === 'code' ? told.code : pin
    if (told.kind === 'ended') {
      const end = told.failure === 'no_such_number' ? 'no such number' : 'not available'
      return params.async === 0 && code
        ? success({ callDetails: detailsOf(number, code, end) })
        : refused(`Call failed: ${end}`)
    }
    if (code === undefined) return refused('Call failed: not available')
    if (params.async === 1) return success({ callDetails: detailsOf(number, code, null) })
    const timeoutMs = params.timeout * 1_000 + MARGIN_MS
    const ended = await doors.awaitEnd(context, verification.id, { timeoutMs })
    const status = ended.kind === 'ended' ? (endOf(ended.attempt)?.status ?? null) : null
    return success({ callDetails: detailsOf(number, code, status) })
  } finally {
    exchange.place?.resume()
  }
}

const detailsOf = (number: number, pin: string, status: string | null) => ({
  callId: toCallId(number),
  pin,
  status,
})
