import { randomInt } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { CHANNELS } from '../../../src/channels/channels.ts'
import { answerAs, type SandboxEnv } from '../../../src/sandbox/answers.ts'
import { CALL_PRICE, type DialledCall } from '../../../src/sandbox/calls.ts'
import { namespaceOf } from '../../../src/sandbox/credentials.ts'
import { speak, WORDS } from '../../../src/sandbox/dialects.ts'
import type { Sandbox } from '../../../src/sandbox/state.ts'

const asked = z.object({
  to: z.string(),
  channel: z.enum(CHANNELS).default('flash_call'),
  text: z.string().default(''),
  from: z.string().optional(),
})

/** What a person would type: the first digits of a text, spoken or written. */
const codeIn = (text: string) => /\d{4,}|\d(?:, \d){3,}/.exec(text)?.[0].replace(/\D/g, '') ?? ''

/** Every account rents the block +7 495 111 and a few more. */
const OWN_NUMBERS = Array.from({ length: 10_000 }, (_, i) => `+7495111${String(i).padStart(4, '0')}`)

/** The simulated example-tel. */
export function exampleTelSimulator({ calls, plan }: Sandbox, operator: string): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>()

  app.use(async (c, next) => {
    const namespace = namespaceOf((c.req.header('authorization') ?? '').replace('Bearer ', ''))
    if (!namespace) return failure(c, 'Unauthorized', 401)
    c.set('namespace', namespace)
    return next()
  })

  app.post('/calls', async (c) => {
    const namespace = c.get('namespace')
    const { to: phone, channel, text, from } = asked.parse(await c.req.json())
    const { course, answer, dialect } = plan(operator, namespace, phone, channel)
    const drawn = from?.slice(-4) ?? String(randomInt(10_000)).padStart(4, '0')
    const code = channel === 'flash_call' ? drawn : codeIn(text)
    const call =
      course && calls.dial({ namespace, operator, channel, phone, code, text, from, course, dialect })
    const told = channel === 'flash_call' && !from ? { code } : {}
    return answerAs(c, answer, {
      normal: () => success(c, { id: call?.id ?? 0, to: phone, ...told }, call),
      refusal: (text) => failure(c, text ?? '', 400),
    })
  })

  app.get('/calls/:id', (c) => {
    const call = calls.byId(c.get('namespace'), operator, Number(c.req.param('id')))
    return call ? success(c, toRow(call), call) : failure(c, 'no such call', 404)
  })

  app.get('/calls', (c) =>
    success(
      c,
      calls
        .list(c.get('namespace'))
        .filter((call) => call.operator === operator)
        .map(toRow),
    ),
  )

  app.get('/balance', (c) => success(c, { balance: calls.money(c.get('namespace'), operator).left }))

  app.get('/numbers', (c) => success(c, OWN_NUMBERS))

  const toRow = (call: DialledCall) => ({
    id: call.id,
    to: call.phone,
    ...(call.channel === 'flash_call' ? { code: call.code } : {}),
    state: WORDS[calls.reported(call) ?? 'open'],
    price: CALL_PRICE,
    created_at: new Date(call.at).toISOString(),
  })

  return app
}

function success(c: Context, data: unknown, call?: DialledCall | null): Response {
  const { body, headers } = speak(call?.dialect, { success: true, data })
  return c.body(body, 200, headers)
}

function failure(c: Context, error: string, status: 400 | 401 | 404): Response {
  return c.json({ success: false, error }, status)
}
