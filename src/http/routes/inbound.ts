import type { OpenAPIHono } from '@hono/zod-openapi'
import { receiveNotice } from '../../calls/notice.ts'
import type { App } from '../../context.ts'
import type { Env, HttpContext } from '../../exchange/exchange.ts'
import { send } from '../../exchange/send.ts'
import { describeError } from '../../process/log.ts'

const PATH = '/v1/inbound/{token}'

/**
 * The webhook of operators for inbound calls. Needs no key: its address holds a secret. Always 204, so that the
 * answer tells nothing about the token. Not part of the API for clients.
 */
export function inboundRoutes(hono: OpenAPIHono<Env>, app: App): void {
  hono.on(['GET', 'POST'], PATH.replace('{token}', ':token'), async (c: HttpContext) => {
    const exchange = c.get('exchange')
    exchange.route = PATH
    try {
      const context = { ...app, actor: { type: 'system' }, requestId: exchange.requestId } as const
      // Not as strict as for clients: operators may repeat a parameter.
      const notice = Object.fromEntries(new URL(c.req.url).searchParams)
      await receiveNotice(context, { token: c.req.param('token') ?? '', notice })
    } catch (error) {
      app.log.warn({ request_id: exchange.requestId, ...describeError(error) }, 'notice not handled')
    }
    return send(c, { status: 204 })
  })
}
