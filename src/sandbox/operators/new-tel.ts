import { createHash, randomInt } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { isRightSignature, readBearer, signatureOf } from '../../providers/new-tel/signature.ts'
import {
  type callDetails,
  type companyState,
  type NewTelAnswer,
  toE164,
  type vpbxCall,
} from '../../providers/new-tel/wire.ts'
import { parseJson } from '../../providers/read.ts'
import { answerAs, held, type SandboxEnv } from '../answers.ts'
import type { DialledCall } from '../calls.ts'
import { namespaceOf, sandboxSignKey } from '../credentials.ts'
import { type Dialect, nationally, speak, WORDS } from '../dialects.ts'
import { dateHeader, type Mood, odd, recordsAheadMs, told } from '../moods.ts'
import { networkOf } from '../networks.ts'
import type { Sandbox } from '../state.ts'

const CLOCK_MS = 10 * 60_000

/**
 * `not available` and the others are documented for synchronous calls; the simulator uses them everywhere.
 */
const STATUS_TEXT = {
  answered: 'answered',
  busy: 'busy',
  no_answer: 'no answer',
  delivered: 'no answer',
  no_such_number: 'no such number',
  unreachable: 'not available',
  unknown: null,
}

const digits = z.union([z.string(), z.number().transform(String)])
const startParams = z.object({
  async: z.union([z.literal([0, 1]), z.literal(['0', '1']).transform(Number)]).default(1),
  dstNumber: digits.pipe(z.string().regex(/^[1-9]\d{8,14}$/)),
  pin: digits.pipe(z.string().regex(/^\d{4,5}$/)).optional(),
  timeout: z.coerce.number().int().min(20).max(99).default(20),
})

type NewTelEnv = SandboxEnv & {
  Variables: { params: unknown; signed: { method: string; time: string; accessKey: string; signKey: string } }
}

/** The simulated New-Tel. Checks every signature and signs its answers to authorised requests. */
export function newTelSimulator({ calls, faults, now, plan }: Sandbox, operator: string): Hono<NewTelEnv> {
  const app = new Hono<NewTelEnv>({ strict: false })

  app.use(async (c, next) => {
    const bearer = readBearer(/^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '')
    const namespace = bearer && namespaceOf(bearer.accessKey)
    if (!bearer || !namespace) return unauthorized(c, 'Unauthorized')
    if (faults.stands(namespace, operator, 'down')) return c.text('Service Unavailable', 503)
    if (Math.abs(Number(bearer.time) * 1_000 - now()) > CLOCK_MS)
      return unauthorized(c, 'Timestamp out of range')
    const content = Buffer.from(await c.req.arrayBuffer())
    const { accessKey, time } = bearer
    const method = c.req.path.slice(`/${operator}/`.length)
    const signed = { method, time, accessKey, signKey: sandboxSignKey(accessKey) }
    if (!isRightSignature(bearer.signature, { ...signed, content })) return unauthorized(c, 'Wrong signature')
    c.set('namespace', namespace)
    c.set('signed', signed)
    const isForm = c.req.header('content-type')?.includes('x-www-form-urlencoded')
    const text = content.toString('utf8')
    c.set('params', isForm ? Object.fromEntries(new URLSearchParams(text)) : parseJson(text))
    const date = dateHeader(standing(c), now)
    if (date) c.header('date', date)
    return next()
  })

  for (const path of ['/call-password/get-password-call-status', '/call/get-vpbx-id']) {
    app.use(path, async (c, next) => {
      if (standing(c)('status_500')) return c.text('Internal Server Error', 500)
      return standing(c)('status_garbage') ? c.body('{"success": tru', 200) : next()
    })
  }

  for (const prefix of ['call', 'call-password']) {
    app.post(`/${prefix}/start-password-call`, async (c) => {
      const { data: params, error } = startParams.safeParse(c.get('params'))
      const phone = params && toE164(params.dstNumber)
      if (!phone) return failure(c, `Invalid parameter: ${error?.issues[0]?.path.join('.')}`, 400)
      const namespace = c.get('namespace')
      const { course, answer, dialect } = plan(operator, namespace, phone, 'flash_call')
      const pin = params.pin ?? String(randomInt(100_000)).padStart(5, '0')
      const call =
        course &&
        calls.dial({ namespace, operator, channel: 'flash_call', phone, code: pin, course, dialect })
      const waits = params.async === 0 && course && answer === 'normal'
      // A timer may fire a millisecond before the clock shows its time, and the end would not be known yet.
      if (waits) await held(c, Math.min(course.reportedAfterMs, params.timeout * 1_000) + 2)
      const details: z.input<typeof callDetails> = {
        callId: String(call?.id ?? 0),
        pin,
        status: waits && call ? statusText(call) : null,
        ...(waits ? named(phone) : {}),
      }
      return answerAs(c, answer, {
        normal: () => success(c, { callDetails: details }, dialect, answer === 'bad_signature'),
        refusal: (text) => (text === null ? signed(c, { status: 'error' }, 400) : failure(c, text)),
      })
    })
  }

  app.post('/call-password/get-password-call-status', (c) => {
    const call = byCallId(c)
    if (!call) return failure(c, 'Call not found or unavailable')
    const details: z.input<typeof callDetails> = {
      callId: String(call.id),
      status: statusText(call),
      ...named(call.phone),
    }
    return success(c, { callDetails: inDialect(call, details) }, call.dialect)
  })

  app.post('/call/get-vpbx-id', (c) => {
    const call = byCallId(c)
    return call && inExchange(call)
      ? success(c, { vpbxId: vpbxIdOf(call) }, call.dialect)
      : failure(c, 'Call not found or unavailable')
  })

  app.post('/vpbx/get-call-details', (c) => {
    const id = param(c, 'vpbxId')
    const call = calls.byId(c.get('namespace'), operator, Number.parseInt(id.slice(24), 16))
    return call && vpbxIdOf(call) === id && inExchange(call)
      ? success(c, { callDetails: inDialect(call, toVpbxCall(call)) }, call.dialect)
      : failure(c, 'Call not found')
  })

  app.post('/vpbx/get-calls', (c) => {
    const dialled = calls
      .list(c.get('namespace'))
      .filter((call) => call.operator === operator && inExchange(call))
    const records = told(
      standing(c),
      dialled.map((call) => toRecord(c, call)),
    )
    return success(c, { calls: records }, dialled.at(-1)?.dialect)
  })

  app.post('/company/get-state', (c) => {
    const { left, spent } = calls.money(c.get('namespace'), operator)
    const state: z.input<typeof companyState> & { dayTrafficCost: number; monthTrafficCost: number } = {
      balance: faults.stands(c.get('namespace'), operator, 'no_balance') ? 0 : left,
      credit: 0,
      currency: 'RUB',
      dayTrafficCost: spent,
      monthTrafficCost: spent,
      status: 'active',
    }
    return success(c, { state })
  })

  app.all('/*', (c) => failure(c, 'Requested method not found', 404))

  const standing = (c: Context<NewTelEnv>) => (mood: Mood) =>
    faults.stands(c.get('namespace'), operator, mood)

  function toRecord(c: Context<NewTelEnv>, call: DialledCall) {
    const at = call.at + recordsAheadMs(standing(c))
    return { ...toVpbxCall(call), startTime: odd(standing(c), at) ?? Math.floor(at / 1_000) }
  }

  const param = (c: Context<NewTelEnv>, name: string) => {
    const params = c.get('params')
    return String((params as Record<string, unknown> | null | undefined)?.[name] ?? '')
  }
  const byCallId = (c: Context<NewTelEnv>) =>
    calls.byId(c.get('namespace'), operator, Number(param(c, 'callId')))

  function statusText(call: DialledCall): string | null {
    const end = calls.reported(call)
    if (call.dialect === 'words') return WORDS[end ?? 'open']
    return end && STATUS_TEXT[end]
  }

  /**
   * Whether the call is in the exchange. An ended call without a reported end has left it, as unanswered
   * calls may.
   */
  function inExchange(call: DialledCall): boolean {
    return calls.reported(call) !== null || now() - call.at < call.course.endsAfterMs
  }

  function toVpbxCall(call: DialledCall): z.input<typeof vpbxCall> {
    const active = now() - call.at < call.course.endsAfterMs
    const start = Math.floor(call.at / 1_000)
    const answered = call.course.end === 'answered' && !active
    return {
      vpbxId: vpbxIdOf(call),
      active,
      direction: 'out',
      clid: call.from.slice(1),
      dnid: call.phone.slice(1),
      status: statusText(call) ?? 'no answer',
      startTime: start,
      answerTime: answered ? start : null,
      endTime: active ? null : Math.floor((call.at + call.course.endsAfterMs) / 1_000),
    }
  }

  return app
}

/** 40 hexadecimal digits that end with the call's id, so finding the call needs no index. */
function vpbxIdOf(call: DialledCall): string {
  const head = createHash('sha256').update(`${call.namespace} ${call.id}`).digest('hex').slice(0, 24)
  return head + call.id.toString(16).padStart(16, '0')
}

/** The network of a phone, as `callDetails` names it. */
function named(phone: string) {
  const { name, region } = networkOf(phone)
  return { oper: name, region }
}

/** The `callDetails` of a status in the call's dialect. */
function inDialect(
  call: DialledCall,
  details: z.input<typeof callDetails> & z.input<typeof vpbxCall>,
): object {
  const { active, status } = details
  switch (call.dialect) {
    case 'bare':
      return active === undefined ? { status } : { active, status }
    case 'odd':
      return {
        ...details,
        reasonCode: '',
        isValidNumber: 'true',
        dnid: nationally(call.phone),
        startTime: new Date(call.at).toISOString(),
        endTime: '',
        ...(active === undefined ? {} : { active: String(active) }),
      }
    default:
      return details
  }
}

function success(
  c: Context<NewTelEnv>,
  data: Record<string, unknown>,
  dialect?: Dialect | undefined,
  badSignature = false,
): Response {
  return signed(c, { status: 'success', data: { result: 'success', ...data } }, 200, dialect, badSignature)
}

/** An error of the method (HTTP 200), or with another status an error of the server. */
function failure(c: Context<NewTelEnv>, message: string, status: 200 | 400 | 404 = 200): Response {
  if (status === 200) return signed(c, { status: 'success', data: { result: 'error', message } }, status)
  return signed(c, { status: 'error', message }, status)
}

function signed(
  c: Context<NewTelEnv>,
  answer: NewTelAnswer | { status: 'error' },
  status: 200 | 400 | 404,
  dialect?: Dialect | undefined,
  badSignature = false,
): Response {
  const { content, body, headers } = speak(dialect, answer)
  const right = signatureOf({ ...c.get('signed'), content })
  const signature = badSignature
    ? right.replaceAll(/[0-9a-f]/g, (digit) => (digit === '0' ? '1' : '0'))
    : right
  return c.body(body, status, { ...headers, signature })
}

/** Unsigned: the operator signs answers only to authorised requests. */
function unauthorized(c: Context, message: string): Response {
  return c.json({ status: 'error', message } satisfies NewTelAnswer, 401)
}
