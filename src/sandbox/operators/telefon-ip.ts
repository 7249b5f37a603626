import { randomInt } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import { STATUS_INFO, saysDelivered } from '../../providers/telefon-ip/status-info.ts'
import {
  type balanceData,
  type billingRow,
  formatMoscowTime,
  moscowDay,
  type placedData,
  type statusData,
  toE164,
} from '../../providers/telefon-ip/wire.ts'
import { answerAs, type SandboxEnv } from '../answers.ts'
import { CALL_PRICE, type DialledCall } from '../calls.ts'
import { namespaceOf } from '../credentials.ts'
import { nationally, WORDS } from '../dialects.ts'
import { dateHeader, type Mood, odd, recordsAheadMs, told } from '../moods.ts'
import { networkOf } from '../networks.ts'
import type { Sandbox } from '../state.ts'
import { failure, success } from './telefon-ip-answers.ts'
import { inboundActions } from './telefon-ip-inbound.ts'

const ACTIONS = { get_code: 'flash_call', get_sms_code: 'sms', get_tg_code: 'telegram' } as const

const DAY = /^\d{4}-\d\d-\d\d$/

/** The simulated telefon-ip, `authcalls` API. */
export function telefonIpSimulator(sandbox: Sandbox, operator: string): Hono<SandboxEnv> {
  const { calls, faults, now, plan } = sandbox
  const app = new Hono<SandboxEnv>({ strict: false }).basePath('/api/v1/authcalls/:token')

  app.use(async (c, next) => {
    const namespace = namespaceOf(c.req.param('token') ?? '')
    if (!namespace) return failure(c, 'Unauthorized token', 401)
    if (faults.stands(namespace, operator, 'down')) return c.text('Service Unavailable', 503)
    c.set('namespace', namespace)
    const date = dateHeader(standing(c), now)
    if (date) c.header('date', date)
    return next()
  })

  for (const [action, channel] of Object.entries(ACTIONS)) {
    app.on(['GET', 'POST'], `/${action}/:phone`, (c) => {
      const namespace = c.get('namespace')
      const asked = c.req.param('phone')
      const phone = /^8\d{10}$/.test(asked) ? toE164(asked) : null
      if (!phone) return failure(c, 'Invalid phone number', 400)
      const given = channel === 'flash_call' ? undefined : c.req.query('code')
      if (given !== undefined && !/^\d{1,4}$/.test(given)) return failure(c, 'Invalid code', 400)
      const { course, answer, dialect } = plan(operator, namespace, phone, channel)
      const code = given ?? String(randomInt(10_000)).padStart(4, '0')
      const call = course && calls.dial({ namespace, operator, channel, phone, code, course, dialect })
      const placed: Partial<z.input<typeof placedData>> = {
        phone: asked,
        code,
        id: call?.id ?? 0,
        ...(channel === 'telegram'
          ? { status: 0, status_info: '', channel, operator_name: networkOf(phone).name }
          : {}),
      }
      return answerAs(c, answer, {
        normal: () => success(c, placed, dialect),
        refusal: (text) => failure(c, text, 400),
      })
    })
  }

  app.route('/', inboundActions(sandbox, operator))

  app.on(['GET', 'POST'], '/get_status/:id', (c) => {
    if (standing(c)('status_500')) return c.text('Internal Server Error', 500)
    if (standing(c)('status_garbage')) return c.body('{"success": tru', 200)
    const call = calls.byId(c.get('namespace'), operator, Number(c.req.param('id')))
    if (!call || call.awaits) return failure(c, 'id record not found', 400)
    // Read once: the call may end between two readings of the clock.
    const info = statusInfo(call)
    const { code_auth: _, ...row } = toRow(c, call, info)
    const data: z.input<typeof statusData> = { id: call.id, ...row, status_info: info }
    return success(c, inDialect(call, data), call.dialect)
  })

  app.on(['GET', 'POST'], '/get_balance', (c) => {
    const data: z.input<typeof balanceData> = {
      balance: faults.stands(c.get('namespace'), operator, 'no_balance')
        ? 0.0
        : calls.money(c.get('namespace'), operator).left,
      price: CALL_PRICE,
      balance_limit: 0.0,
    }
    return success(c, data)
  })

  app.on(['GET', 'POST'], '/get_billing_record/:count', (c) => {
    const count = Number(c.req.param('count'))
    if (!Number.isInteger(count) || count < 1) return failure(c, 'count_record field must be a number', 400)
    if (count > 100) return failure(c, 'count_record field greater than 100', 400)
    return success(
      c,
      told(
        standing(c),
        dialled(c).map((call) => toRow(c, call)),
      )
        .slice(-count)
        .reverse(),
      dialled(c).at(-1)?.dialect,
    )
  })

  app.on(['GET', 'POST'], '/get_billing_csv/:start', (c) => {
    const start = c.req.param('start')
    if (!DAY.test(start)) return failure(c, badDay('start'), 400)
    const rows = dialled(c)
      .filter((call) => dayOf(c, call) >= start)
      .map((call) => toRow(c, call))
    const lines = told(standing(c), rows).map((row) => CSV_COLUMNS.map((column) => row[column]).join(','))
    return c.body(`${[CSV_COLUMNS.join(','), ...lines].join('\n')}\n`, 200, { 'content-type': 'text/csv' })
  })

  app.post('/post_billing_data', async (c) => {
    const isJson = c.req.header('content-type')?.includes('json')
    const body: Record<string, unknown> = await (isJson ? c.req.json() : c.req.parseBody()).catch(() => ({}))
    const [start, end] = [String(body?.start_date), String(body?.end_date)]
    if (!DAY.test(start)) return failure(c, badDay('start'), 400)
    if (!DAY.test(end)) return failure(c, badDay('end'), 400)
    const inDays = (call: DialledCall) => dayOf(c, call) >= start && dayOf(c, call) <= end
    return success(
      c,
      told(
        standing(c),
        dialled(c)
          .filter(inDays)
          .map((call) => toRow(c, call)),
      ),
      dialled(c).at(-1)?.dialect,
    )
  })

  const dialled = (c: Context<SandboxEnv>) =>
    calls
      .list(c.get('namespace'))
      .filter((call) => call.operator === operator && (!call.awaits || calls.isCharged(call)))

  const standing = (c: Context<SandboxEnv>) => (mood: Mood) =>
    faults.stands(c.get('namespace'), operator, mood)
  const writtenAt = (c: Context<SandboxEnv>, call: DialledCall) => call.at + recordsAheadMs(standing(c))
  const dayOf = (c: Context<SandboxEnv>, call: DialledCall) =>
    standing(c)('dates_utc')
      ? new Date(writtenAt(c, call)).toISOString().slice(0, 10)
      : moscowDay(new Date(writtenAt(c, call)))

  function statusInfo(call: DialledCall): string {
    if (call.awaits) return 'ok'
    const end = calls.reported(call)
    if (call.dialect === 'words') return WORDS[end ?? 'open']
    return end ? STATUS_INFO[end] : ''
  }

  function toRow(c: Context<SandboxEnv>, call: DialledCall, info = statusInfo(call)) {
    const delivered = saysDelivered(info)
    const at = writtenAt(c, call)
    return {
      created_at: odd(standing(c), at) ?? formatMoscowTime(new Date(at)),
      code_auth: call.code,
      status: delivered ? 1 : 0,
      status_info: delivered ? 'ok' : info,
      phone: `8${call.phone.slice(2)}`,
      price: calls.isCharged(call) ? CALL_PRICE : 0,
    } satisfies z.input<typeof billingRow>
  }

  return app
}

const CSV_COLUMNS = ['created_at', 'code_auth', 'status', 'status_info', 'phone', 'price'] as const
const badDay = (which: string) => `Incorrect data format field date_${which}, should be YYYY-MM-DD`

/** The `data` of `get_status` in the call's dialect. */
function inDialect(call: DialledCall, data: z.input<typeof statusData>): object {
  const { status, status_info } = data
  switch (call.dialect) {
    case 'bare':
      return { status, status_info }
    case 'odd':
      return { ...data, created_at: '', phone: nationally(call.phone), price: status ? '0,20 руб.' : '' }
    default:
      return data
  }
}
