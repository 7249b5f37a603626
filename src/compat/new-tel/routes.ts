import type { OpenAPIHono } from '@hono/zod-openapi'
import type { App } from '../../context.ts'
import { readBytes } from '../../exchange/body.ts'
import type { Env, HttpContext } from '../../exchange/exchange.ts'
import { toAppError } from '../../exchange/problem.ts'
import { send } from '../../exchange/send.ts'
import { parseJson } from '../../providers/read.ts'
import type { DoorContext } from '../context.ts'
import type { Doors } from '../doors.ts'
import { failed, NOT_FOUND, refusalOf, type Told, toAnswer } from './answers.ts'
import { getCalls, getDetails, getState, getStatus, getVpbxId } from './records.ts'
import { open, type Signing } from './signatures.ts'
import { startCall } from './start.ts'

const BODY_BYTES_MAX = 16 * 1024

type Asked = { c: HttpContext; doors: Doors; context: DoorContext; params: Record<string, unknown> }

const text = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
const start = ({ c, doors, context, params }: Asked) => startCall(doors, context, c.get('exchange'), params)

/** By the operator's names, which are the paths. */
const METHODS: Readonly<Record<string, (asked: Asked) => Promise<Told>>> = {
  'call/start-password-call': start,
  'call-password/start-password-call': start,
  'call-password/get-password-call-status': ({ context, params }) => getStatus(context, text(params.callId)),
  'call/get-vpbx-id': ({ context, params }) => getVpbxId(context, text(params.callId)),
  'vpbx/get-call-details': ({ context, params }) => getDetails(context, text(params.vpbxId)),
  'vpbx/get-calls': ({ context }) => getCalls(context),
  'company/get-state': ({ context }) => getState(context),
}

/** The groups of the operator's methods. */
const GROUPS = ['call', 'call-password', 'vpbx', 'company']

/**
 * The API of New-Tel, for clients that speak it (docs/compatibility.md). Every request is signed, and every answer to
 * an authorised one. Whatever goes wrong is told in the operator's form.
 */
export function newTelRoutes(hono: OpenAPIHono<Env>, app: App, doors: Doors): void {
  for (const group of GROUPS) {
    hono.all(`/${group}/*`, async (c: HttpContext) => {
      c.get('exchange').route = `/${group}/{method}`
      let signing: Signing | null = null
      try {
        const told = await answer(c, app, doors, (opened) => {
          signing = opened
        })
        return send(c, toAnswer(told, signing))
      } catch (error) {
        return send(c, toAnswer(refusalOf(toAppError(error, app.log, c.get('exchange').requestId)), signing))
      }
    })
  }
}

async function answer(
  c: HttpContext,
  app: App,
  doors: Doors,
  opens: (signing: Signing) => void,
): Promise<Told> {
  const exchange = c.get('exchange')
  if (c.req.raw.method !== 'POST') return failed('Only POST requests are accepted')
  const method = c.req.path.slice(1).replace(/\/$/, '')
  const content = await readBytes(c, BODY_BYTES_MAX)
  const opened = await open(app, doors, {
    authorization: c.req.header('authorization'),
    method,
    content,
    address: () => exchange.address(),
  })
  if (typeof opened === 'string') return failed(opened, 401)
  const { door, signing } = opened
  opens(signing)
  exchange.actor = door.actor
  await exchange.place?.claim(door.actor.tenantId)
  const run = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
  if (!run) return NOT_FOUND
  const context: DoorContext = { ...app, actor: door.actor, requestId: exchange.requestId }
  return run({
    c,
    doors,
    context,
    params: readParams(content.toString('utf8'), c.req.header('content-type')),
  })
}

/** JSON or a form, whatever the header says. */
function readParams(body: string, type = ''): Record<string, unknown> {
  const json: unknown = parseJson(body)
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>
  return type.includes('form') || body.includes('=') ? Object.fromEntries(new URLSearchParams(body)) : {}
}
