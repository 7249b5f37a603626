import { type Context, Hono } from 'hono'
import { toE164 } from '../../providers/telefon-ip/wire.ts'
import { answerAs, type SandboxEnv } from '../answers.ts'
import { nationally } from '../dialects.ts'
import { inboundState } from '../inbound.ts'
import type { Sandbox } from '../state.ts'
import { failure, success } from './telefon-ip-answers.ts'

/** The number that every phone is asked to call (E.164). */
const NUMBER = '+74957770101'

/**
 * `reverse_auth_phone_get`, `_post` and `_check` of the simulated telefon-ip: a phone calls a number within
 * 120 s. As programs in production use them; the operator's document does not describe them.
 */
export function inboundActions({ calls, faults, now, plan }: Sandbox, operator: string): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>({ strict: false })

  function start(c: Context<SandboxEnv>, asked: string, webhook: string | null) {
    const namespace = c.get('namespace')
    const phone = /^8\d{10}$/.test(asked) ? toE164(asked) : null
    if (!phone) return failure(c, 'Invalid phone number', 400)
    const channel = 'inbound_call'
    const { course, answer, dialect } = plan(operator, namespace, phone, channel)
    const awaits = { number: NUMBER, webhook, calledAt: null }
    const call =
      course && calls.dial({ namespace, operator, channel, phone, code: '', course, dialect, awaits })
    const id = call?.id ?? 0
    const data = {
      auth_phone: `8${NUMBER.slice(2)}`,
      id,
      url_image: new URL(`/${operator}/qr/${id}.png`, c.req.url).href,
      url_link: `tel:${NUMBER}`,
    }
    return answerAs(c, answer, {
      normal: () => success(c, data, dialect),
      refusal: (text) => failure(c, text, 400),
    })
  }

  app.get('/reverse_auth_phone_get', (c) => start(c, c.req.query('phone') ?? '', null))

  app.post('/reverse_auth_phone_post', async (c) => {
    const body: Record<string, unknown> | null = await c.req.json().catch(() => null)
    const webhook = String(body?.webhook ?? '')
    if (!/^https?:/.test(webhook) || !URL.canParse(webhook)) return failure(c, 'Invalid webhook', 400)
    return start(c, String(body?.phone ?? ''), webhook)
  })

  app.get('/reverse_auth_phone_check/:id', (c) => {
    const namespace = c.get('namespace')
    if (faults.stands(namespace, operator, 'status_500')) return c.text('Internal Server Error', 500)
    if (faults.stands(namespace, operator, 'status_garbage')) return c.body('{"success": tru', 200)
    const call = calls.byId(namespace, operator, Number(c.req.param('id')))
    const status = call && inboundState(call, now())
    if (!status) return failure(c, 'id record not found', 400)
    const phone = call.dialect === 'odd' ? nationally(call.phone) : `8${call.phone.slice(2)}`
    return success(c, { phone, id: call.id, status }, call.dialect)
  })

  return app
}
