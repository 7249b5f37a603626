import type { OpenAPIHono } from '@hono/zod-openapi'
import type { App } from '../../context.ts'
import type { Answer, Env, HttpContext } from '../../exchange/exchange.ts'
import { toAppError } from '../../exchange/problem.ts'
import { send } from '../../exchange/send.ts'
import type { DoorContext } from '../context.ts'
import type { Doors } from '../doors.ts'
import { failed, refusalOf, UNAUTHORIZED } from './answers.ts'
import { checkInbound, drawQr, startInbound } from './inbound.ts'
import { isRead, type Params, readParams } from './input.ts'
import { getCsv, getData, getRecords, getStatus, readBalance } from './records.ts'
import { type CodeAction, getCode } from './start.ts'

/** Where the door is, as at the operator. */
const BASE = '/api/v1/authcalls'
const ROUTE = `${BASE}/{token}/{action}`

/** An action: `param` is the part of the path after its name. */
type Asked = { c: HttpContext; doors: Doors; context: DoorContext; param: string | undefined; params: Params }
type Action = { starts?: true; methods?: readonly string[]; run(asked: Asked): Promise<Answer> }

const codeOf = (action: CodeAction): Action => ({
  starts: true,
  run: ({ c, doors, context, param, params }) =>
    getCode(doors, context, c.get('exchange'), { action, phone: param ?? params.get('phone'), params }),
})

const inbound = (methods: readonly string[], takesWebhook: boolean): Action => ({
  starts: true,
  methods,
  run: ({ c, doors, context, param, params }) =>
    startInbound(doors, context, c.get('exchange'), {
      phone: param ?? params.get('phone'),
      webhook: takesWebhook ? (params.get('webhook') ?? '') : null,
      origin: context.config.PUBLIC_URL ?? new URL(c.req.url).origin,
    }),
})

const ACTIONS: Readonly<Record<string, Action>> = {
  get_code: codeOf('get_code'),
  get_sms_code: codeOf('get_sms_code'),
  get_tg_code: codeOf('get_tg_code'),
  reverse_auth_phone_get: inbound(['GET', 'POST'], false),
  reverse_auth_phone_post: inbound(['POST'], true),
  reverse_auth_phone_check: {
    run: ({ context, param, params }) => checkInbound(context, param ?? params.get('id')),
  },
  get_status: { run: ({ context, param, params }) => getStatus(context, param ?? params.get('id')) },
  get_balance: { run: ({ context }) => readBalance(context) },
  get_billing_record: { run: ({ context, param }) => getRecords(context, param) },
  get_billing_csv: { run: ({ context, param }) => getCsv(context, param) },
  post_billing_data: { methods: ['POST'], run: ({ context, params }) => getData(context, params) },
}

/**
 * The `authcalls` API of telefon-ip, for clients that speak it (docs/compatibility.md). Paths hold tokens, so logs
 * and metrics name the route only. Whatever goes wrong is told in the operator's envelope.
 */
export function telefonIpRoutes(hono: OpenAPIHono<Env>, app: App, doors: Doors): void {
  hono.on('GET', `${BASE}/qr/:file`, (c: HttpContext) => {
    c.get('exchange').route = `${BASE}/qr/{file}`
    return send(c, drawQr(c.req.param('file')) ?? failed('Bad request'))
  })
  hono.all(`${BASE}/*`, async (c: HttpContext) => {
    const exchange = c.get('exchange')
    exchange.route = ROUTE
    try {
      return send(c, await answer(c, app, doors))
    } catch (error) {
      return send(c, refusalOf(toAppError(error, app.log, exchange.requestId)))
    }
  })
}

async function answer(c: HttpContext, app: App, doors: Doors): Promise<Answer> {
  const exchange = c.get('exchange')
  const [token = '', name = '', param, ...more] = partsOf(c.req.path)
  const door = await doors.authenticate({
    facade: 'telefon-ip',
    credential: token.toLowerCase(),
    address: () => exchange.address(),
  })
  if (!door) return UNAUTHORIZED
  exchange.actor = door.actor
  await exchange.place?.claim(door.actor.tenantId)
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  const { methods = ['GET', 'POST'] } = action ?? {}
  if (!action || more.length > 0 || !methods.includes(c.req.method)) return failed('Bad request')
  if (action.starts && isRead(c)) return failed('Bad request')
  const context: DoorContext = { ...app, actor: door.actor, requestId: exchange.requestId }
  return action.run({ c, doors, context, param, params: await readParams(c) })
}

/** The parts of the path after the base, without a last slash; none for a path that cannot be decoded. */
function partsOf(path: string): string[] {
  try {
    return path
      .slice(BASE.length + 1)
      .replace(/\/$/, '')
      .split('/')
      .map(decodeURIComponent)
  } catch {
    return []
  }
}
