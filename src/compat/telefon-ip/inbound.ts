import type { Answer, Exchange } from '../../exchange/exchange.ts'
import { ACTIVE_STATUSES } from '../../values/statuses.ts'
import { qrOf } from '../../verifications/call-to.ts'
import { get } from '../../verifications/read.ts'
import { findCall } from '../calls.ts'
import type { DoorContext } from '../context.ts'
import type { Doors } from '../doors.ts'
import { noteWebhook } from '../notices.ts'
import { BAD_PHONE, failed, NO_ANSWER_YET, NO_RECORD, noCode, ok } from './answers.ts'
import { readPhone, writePhone } from './input.ts'

const NUMBER_WITHIN_MS = 8_000
/** The operator's numbers are valid for so long. */
const TTL_SECONDS = 120

type Asked = { phone: string | undefined; webhook: string | null; origin: string }

/**
 * `reverse_auth_phone_get` and `_post`: the number that the person calls. `webhook`: requested once the phone has
 * called; `origin`: of our address, for `url_image`.
 */
export async function startInbound(
  doors: Doors,
  context: DoorContext,
  exchange: Pick<Exchange, 'place'>,
  { phone: given, webhook, origin }: Asked,
): Promise<Answer> {
  const phone = readPhone(given)
  if (!phone) return BAD_PHONE
  if (webhook !== null && !isWebhook(webhook)) return failed('Invalid webhook')
  const { number, verification } = await doors.start(context, {
    phone,
    steps: [{ channel: 'inbound_call', wait_seconds: TTL_SECONDS }],
    ttlSeconds: TTL_SECONDS,
    ...(webhook === null ? {} : { metadata: { webhook: 'true' } }),
  })
  if (webhook !== null) await noteWebhook(context, verification.id, webhook)
  exchange.place?.pause()
  try {
    await doors.awaitNumber(context, verification.id, { timeoutMs: NUMBER_WITHIN_MS })
    const { call_to, status, failure } = await get(context, { id: verification.id })
    if (!call_to) {
      const isActive = ACTIVE_STATUSES.some((active) => active === status)
      return isActive ? NO_ANSWER_YET : noCode(failure?.code ?? null)
    }
    const digits = call_to.number.slice(1)
    return ok({
      auth_phone: writePhone(call_to.number) || digits,
      id: number,
      url_image: `${origin}/api/v1/authcalls/qr/${digits}.svg`,
      url_link: call_to.uri,
    })
  } finally {
    exchange.place?.resume()
  }
}

function isWebhook(text: string): boolean {
  const url = text.length <= 1000 ? URL.parse(text) : null
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

/** `reverse_auth_phone_check`. */
export async function checkInbound(context: DoorContext, id: string | undefined): Promise<Answer> {
  const call = await findCall(context, Number(id))
  if (call?.channel !== 'inbound_call') return NO_RECORD
  const isActive = ACTIVE_STATUSES.some((active) => active === call.status)
  const status = call.status === 'approved' ? 'ok' : isActive ? 'pending' : 'expired'
  return ok({ phone: writePhone(call.phone), id: call.number, status })
}

/** The QR code of a number to call (digits), in SVG; null for anything else. It tells only what its address does. */
export function drawQr(file: string | undefined): Answer | null {
  const [, digits] = /^(\d{8,15})\.svg$/.exec(file ?? '') ?? []
  if (!digits) return null
  return { status: 200, headers: { 'content-type': 'image/svg+xml' }, text: qrOf(`tel:+${digits}`) }
}
