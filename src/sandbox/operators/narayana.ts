import { type Context, Hono } from 'hono'
import type { Channel } from '../../channels/channels.ts'
import type { Envelope } from '../../providers/narayana/answers.ts'
import { type DidRow, formatTime } from '../../providers/narayana/wire.ts'
import { answerAs, held, type SandboxEnv } from '../answers.ts'
import { CALL_PRICE, type DialledCall } from '../calls.ts'
import type { Course } from '../courses.ts'
import { namespaceOf } from '../credentials.ts'
import { type Dialect, speak } from '../dialects.ts'
import { dateHeader, type Mood } from '../moods.ts'
import type { Sandbox } from '../state.ts'
import { addressOf, createKeys, type Trait } from './narayana-keys.ts'
import { logOf, statusOf, uniqueIdOf } from './narayana-log.ts'

const BANNED_MS = 120_000
/** The server returns no more, whatever `limit` says. */
const ROWS_MAX = 1_000
/** The numbers that every account rents: `+74951110000` to `+74951119999`, one that is disabled, one that expired. */
const OWN_NUMBERS = { first: 74951110000, count: 10_000, disabled: 74951120000, expired: 74951120001 }
/** An account that is nearly empty, before its first call. */
const NEARLY_EMPTY = { balance: CALL_PRICE, overdraft: CALL_PRICE }
const REPLACED = '+74959999999'
const SIP_LOGIN = /^\d{1,7}$/
const PHONE = /^[1-9]\d{7,14}$/

type Env = SandboxEnv & {
  Variables: { params: Record<string, string>; dialect: Dialect | undefined }
}

/**
 * The simulated Narayana, Billing API 2.2. A wrong key bans the address. `control/traits` and `control/ban`
 * (see `narayana-keys.ts`) are not the operator's.
 */
export function narayanaSimulator({ calls, faults, now, plan }: Sandbox, operator: string): Hono<Env> {
  const app = new Hono<Env>({ strict: false })
  const keys = createKeys()
  app.route('/control', keys.routes)

  app.use('/:version/:key/:method', async (c, next) => {
    if (keys.isBanned(addressOf(c))) {
      await held(c, BANNED_MS)
      return c.body(null, 401)
    }
    const key = c.req.param('key')
    const namespace = namespaceOf(key)
    if (!namespace || keys.has(namespace, 'disabled')) {
      keys.ban(addressOf(c))
      return c.text('Unauthorized', 401)
    }
    c.set('namespace', namespace)
    if (has(c)('address_refused')) return c.text('Forbidden', 403)
    if (has(c)('https_only')) return c.text('Invalid Request', 400)
    if (faults.stands(namespace, operator, 'down')) return c.text('Service Unavailable', 503)
    c.set('params', await paramsOf(c, has(c)('post_ignored')))
    const date = dateHeader(standing(c), now)
    if (date) c.header('date', date)
    if (c.req.param('version') !== '2.2') return failure(c, 'E_INCORRECT_API_VERSION')
    const rejection = keys.rejects(namespace, key, c.get('params'))
    return rejection ? failure(c, rejection) : next()
  })

  app.all('/:version/:key/sendVoiceMessage', (c) => {
    const { callerid, to = '', text = '' } = c.get('params')
    // Who names a calling number wants it to be seen, not answered.
    return place(c, { channel: callerid ? 'flash_call' : 'voice', callerid, to, text })
  })
  app.all('/:version/:key/sendSMS', (c) => {
    const { callerid, to = '', text = '' } = c.get('params')
    return PHONE.test(to) ? place(c, { channel: 'sms', callerid, to, text }) : failure(c, 'E_INVALID_SMS_TO')
  })
  app.all('/:version/:key/createCallback', (c) => {
    const { callerid, destination1: to = '', destination2 = '' } = c.get('params')
    if (destination2 === '') return failure(c, 'E_MISSING_ARGUMENT')
    return place(c, { channel: 'flash_call', callerid, to, text: '', joins: destination2 })
  })

  type Asked = { channel: Channel; callerid: string | undefined; to: string; text: string; joins?: string }

  function place(
    c: Context<Env>,
    { channel, callerid, to, text, joins }: Asked,
  ): Promise<Response> | Response {
    const namespace = c.get('namespace')
    if (to === '' || (text === '' && !joins)) return failure(c, 'E_MISSING_ARGUMENT')
    if (has(c)('inactive')) return failure(c, 'E_CALLS_BLOCKED')
    if (isEmpty(c)) return failure(c, 'E_INSUFFICIENT_MONEY', 'Недостаточно средств')
    if (SIP_LOGIN.test(to)) return success(c, '1')
    if (!PHONE.test(to)) return failure(c, 'E_UNROUTABLE')
    if (has(c)('carrier_error')) return failure(c, 'E_CARRIER_ERROR')
    const phone = `+${to}`
    const { course, answer, dialect } = plan(operator, namespace, phone, channel)
    c.set('dialect', dialect)
    const from = callerid ? { from: has(c)('caller_replaced') ? REPLACED : `+${callerid}` } : {}
    const code = channel === 'flash_call' ? (callerid ?? '').slice(-4) : text.replace(/\D/g, '')
    const bills = has(c)('free_seconds') ? 'never' : 'answered'
    const dialled = { namespace, operator, channel, phone, code, text, dialect, ...from }
    const call = course && calls.dial({ ...dialled, course, ...(channel === 'sms' ? {} : { bills }) })
    if (joins && course?.end === 'answered') join(c, joins, course)
    return answerAs(c, answer, {
      normal() {
        if (has(c)('exception_after_call')) return failure(c, 'E_LUA_EXCEPTION')
        return success(c, joins ? true : call ? uniqueIdOf(call) : '0')
      },
      refusal(said) {
        if (said === null) return tell(c, { result: false })
        return failure(c, /balance/i.test(said) ? 'E_INSUFFICIENT_MONEY' : 'E_DATA_ABORT', said)
      },
    })
  }

  /** The second leg of a callback, at once and billed. */
  function join(c: Context<Env>, to: string, course: Course) {
    const leg = { ...course, ringsAfterMs: null }
    const namespace = c.get('namespace')
    calls.dial({
      namespace,
      operator,
      channel: 'voice',
      phone: `+${to}`,
      code: '',
      course: leg,
      bills: 'answered',
    })
  }

  app.all('/:version/:key/deliveryReport', (c) => {
    const call = byId(c, c.get('params').id ?? '')
    return call ? success(c, statusOf(calls, call)) : failure(c, 'E_NOT_EXIST')
  })

  app.all('/:version/:key/getLogs', (c) => {
    if (standing(c)('status_500')) return c.text('Internal Server Error', 500)
    if (standing(c)('status_garbage')) return c.body('{"result": tru', 200)
    if (has(c)('no_log')) return failure(c, 'E_INSUFFICIENT_ACCESS')
    const limit = Math.min(Number(c.get('params').limit ?? 100), ROWS_MAX)
    const options = { calls, now, has: has(c), stands: standing(c), zone: zoneOf(c) }
    c.set('dialect', dialled(c).at(-1)?.dialect)
    return success(c, logOf(dialled(c), options).slice(0, limit))
  })

  app.all('/:version/:key/getValue', (c) => {
    const { balance, overdraft } = moneyOf(c)
    const values: Record<string, string | number> = {
      balance: balance.toFixed(2),
      overdraft: overdraft.toFixed(2),
      actualbalance: (balance + overdraft).toFixed(2),
      currency: 'EUR',
      active: has(c)('inactive') ? 2 : 1,
      timezone: zoneOf(c),
      sip_callerid: '74951110000',
    }
    const value = values[c.get('params').property ?? '']
    return value === undefined ? failure(c, 'E_INVALID_ARGUMENT') : success(c, value)
  })

  app.all('/:version/:key/getDIDList', (c) => {
    const { first, count, disabled, expired } = OWN_NUMBERS
    const numbers = [...Array.from({ length: count }, (_, i) => first + i), disabled, expired]
    return success(
      c,
      numbers.map(
        (did): DidRow => ({
          did: String(did),
          enabled: did === disabled ? 0 : 1,
          expiration: formatTime(new Date(now() + (did === expired ? -1 : 30) * 86_400_000), 0),
        }),
      ),
    )
  })

  app.all('/:version/:key/*', (c) => failure(c, 'E_UNKNOWN_METHOD'))

  const has = (c: Context<Env>) => (trait: Trait) => keys.has(c.get('namespace'), trait)
  const standing = (c: Context<Env>) => (mood: Mood) => faults.stands(c.get('namespace'), operator, mood)
  const zoneOf = (c: Context<Env>) => (has(c)('half_hour_zone') ? 5.5 : 3)
  const dialled = (c: Context<Env>) =>
    calls.list(c.get('namespace')).filter((call) => call.operator === operator)

  function byId(c: Context<Env>, id: string): DialledCall | null {
    return calls.byId(c.get('namespace'), operator, Number(id.replace('.', '')))
  }

  function moneyOf(c: Context<Env>): { balance: number; overdraft: number } {
    const { left, spent } = calls.money(c.get('namespace'), operator)
    if (faults.stands(c.get('namespace'), operator, 'no_balance')) return { balance: 0, overdraft: 0 }
    if (!has(c)('nearly_empty')) return { balance: left, overdraft: 0 }
    return { balance: NEARLY_EMPTY.balance - spent, overdraft: NEARLY_EMPTY.overdraft }
  }

  function isEmpty(c: Context<Env>): boolean {
    const { balance, overdraft } = moneyOf(c)
    return has(c)('nearly_empty') && balance + overdraft < CALL_PRICE / 2
  }

  function success(c: Context<Env>, response: unknown): Response {
    return tell(c, { result: true, response })
  }

  function failure(c: Context<Env>, code: string, description = ''): Response {
    return tell(c, { result: false, response: code, description })
  }

  /** An answer in its envelope, or as plain text: only the value or the code. */
  function tell(c: Context<Env>, { result, response, description }: Envelope): Response {
    if (has(c)('plain_answers')) {
      const value = response ?? result
      return c.text(typeof value === 'string' ? value : JSON.stringify(value))
    }
    const { body, headers } = speak(c.get('dialect'), { result, response, description })
    return c.body(body, 200, headers)
  }

  return app
}

/** Parameters of the query, and of a form unless the server ignores it. */
async function paramsOf(c: Context<Env>, ignoresBody: boolean): Promise<Record<string, string>> {
  const isForm = c.req.header('content-type')?.includes('x-www-form-urlencoded') && !ignoresBody
  return { ...c.req.query(), ...(isForm && Object.fromEntries(new URLSearchParams(await c.req.text()))) }
}
