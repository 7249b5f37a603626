import type { Step } from '../../channels/channels.ts'
import type { Answer, Exchange } from '../../exchange/exchange.ts'
import type { DoorContext } from '../context.ts'
import type { Doors } from '../doors.ts'
import type { DoorInput } from '../start.ts'
import { BAD_CODE, BAD_PHONE, NO_ANSWER_YET, noCode, ok } from './answers.ts'
import { type Params, readPhone, writePhone } from './input.ts'

/** Clients give up after 12 s; the answer takes its way too. In milliseconds. */
const CODE_WITHIN_MS = 11_000
/** Clients in production keep a code for five minutes. */
const TTL_SECONDS = 300

/** A step is over when it has not reached the phone: only the client knows whether the code was typed. */
const step = (channel: Step['channel']): Step => ({ channel, wait_seconds: TTL_SECONDS })

const CHANNEL_OF = { get_sms_code: 'sms', get_tg_code: 'telegram' } as const

export type CodeAction = 'get_code' | keyof typeof CHANNEL_OF
type Asked = { action: CodeAction; phone: string | undefined; params: Params }

/** `get_code`, `get_sms_code`, `get_tg_code`: starts, and answers with the code that the client compares. */
export async function getCode(
  doors: Doors,
  context: DoorContext,
  exchange: Pick<Exchange, 'place'>,
  { action, phone: given, params }: Asked,
): Promise<Answer> {
  const startedAt = performance.now()
  const phone = readPhone(given)
  if (!phone) return BAD_PHONE
  const input = inputFor(action, params)
  if (!input) return BAD_CODE
  const { number, verification } = await doors.start(context, { phone, ttlSeconds: TTL_SECONDS, ...input })
  // Who waits takes no place from requests that work.
  exchange.place?.pause()
  try {
    const timeoutMs = Math.max(0, startedAt + CODE_WITHIN_MS - performance.now())
    const told = await doors.awaitCode(context, verification.id, { timeoutMs })
    if (told.kind === 'ended') return noCode(told.failure)
    if (told.kind === 'late') return NO_ANSWER_YET
    const data = { phone: writePhone(phone), code: told.code, id: number }
    if (action !== 'get_tg_code') return ok(data)
    return ok({ ...data, operator_name: '', channel: 'telegram', status: 0, status_info: '' })
  } finally {
    exchange.place?.resume()
  }
}

/** Null for a code that is none. Messages carry the client's code, or one of four digits. */
function inputFor(action: CodeAction, params: Params): Pick<DoorInput, 'steps' | 'code' | 'digits'> | null {
  if (action === 'get_code') {
    const wantsSms = /^(true|1)$/i.test(params.get('sms') ?? '')
    return { steps: wantsSms ? [step('flash_call'), step('sms')] : [step('flash_call')] }
  }
  const given = params.get('code') || null
  if (given !== null && !/^\d{1,4}$/.test(given)) return null
  const steps: DoorInput['steps'] = [step(CHANNEL_OF[action])]
  return given === null ? { steps, digits: 4 } : { steps, code: given }
}
