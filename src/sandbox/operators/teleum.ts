import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { SandboxEnv } from '../answers.ts'
import { dateHeader, type Mood } from '../moods.ts'
import type { Sandbox } from '../state.ts'
import { createTraits } from '../traits.ts'
import { pageOf, reportOf, TRAITS, type Trait } from './teleum-report.ts'
import { createUsers } from './teleum-sessions.ts'

/** The numbers that every account rents, and may show: `+74951110000` to `+74951119999`. */
const OWN_NUMBERS = { first: 74951110000, count: 10_000 }

const clockRequest = z.strictObject({ ahead_seconds: z.number().min(0).max(1e8) })

/**
 * The simulated API of Teleum. It places no calls: lines do, at the sandbox’s SIP trunk (`lines.ts`). Control calls,
 * which are not the operator’s: `PUT control/traits`, `PUT control/clock` moves the clock of the caller’s user, and
 * `GET control/logins` counts its logins.
 */
export function teleumSimulator({ calls, faults, now }: Sandbox, operator: string): Hono<SandboxEnv> {
  const app = new Hono<SandboxEnv>({ strict: false })
  const traits = createTraits(TRAITS)
  const ahead = new Map<string, number>()
  const clockOf = (namespace: string) => now() + (ahead.get(namespace) ?? 0)
  const users = createUsers(clockOf)
  let pagesRead = 0

  traits.routes.put('/clock', async (c) => {
    const { data } = clockRequest.safeParse(await c.req.json().catch(() => null))
    if (!data) return c.json({ error: 'send ahead_seconds' }, 422)
    ahead.set(c.get('namespace'), data.ahead_seconds * 1_000)
    return c.json(data)
  })
  traits.routes.get('/logins', (c) => c.json({ logins: users.of(c.get('namespace')).logins }))
  app.route('/control', traits.routes)

  app.get('/', (c) => {
    const { cmd = '', email = '', paswd = '', token = '', vivaid = '' } = c.req.query()
    if (cmd === 'login') {
      const user = users.logIn(email, paswd)
      if (!user) return c.json({ err: 1, errmsg: 'Неверный email или пароль' })
      return c.json({ account: '00000001', token: user.token, vivaid: users.idOf(user.namespace) })
    }
    const namespace = users.holder(token)
    if (!namespace) return sessionEnded(c)
    c.set('namespace', namespace)
    if (faults.stands(namespace, operator, 'down')) return c.text('Service Unavailable', 503)
    if (vivaid !== String(users.idOf(namespace))) return c.json({ err: 1, errmsg: 'vivaid' })
    if (has(c)('empty_answers')) return c.body(null, 200)
    const date = dateHeader(standing(c), now)
    if (date) c.header('date', date)
    const answer = METHODS[cmd]?.(c)
    return answer ? tell(c, { ...answer, vivaid }) : c.json({ err: 1, errmsg: 'Неизвестный метод' })
  })

  const METHODS: Record<string, (c: Context<SandboxEnv>) => Record<string, unknown>> = {
    balance(c) {
      const isEmpty = faults.stands(c.get('namespace'), operator, 'no_balance')
      const left = isEmpty ? 0 : calls.money(c.get('namespace'), operator).left
      const balance = left.toFixed(2)
      return { contract: '00000001', balance: has(c)('comma_balance') ? balance.replace('.', ',') : balance }
    },
    reportCalls(c) {
      const { y, m, start = '0', limit = '20' } = c.req.query()
      const namespace = c.get('namespace')
      const dialled = calls.list(namespace).filter((call) => call.operator === operator)
      const month = `${y}-${String(m).padStart(2, '0')}`
      const rows = reportOf(dialled, month, {
        calls,
        now: clockOf(namespace),
        pagesRead,
        has: has(c),
        stands: standing(c),
      })
      pagesRead += 1
      const page = pageOf(rows, Number(start), Number(limit), has(c)('last_page_again'))
      return { counts: String(has(c)('counts_of_page') ? page.length : rows.length), calls: page }
    },
    getConnectedNumbers: () => ({
      numbers: OWN.map((number) => ({ number: String(number), numberform: formatted(number) })),
    }),
    getRCIDs: () => ({
      rcids: OWN.map((number, i) => ({ id: String(i + 1), numberform: formatted(number) })),
    }),
  }

  const has = (c: Context<SandboxEnv>) => (trait: Trait) => traits.has(c.get('namespace'), trait)
  const standing = (c: Context<SandboxEnv>) => (mood: Mood) =>
    faults.stands(c.get('namespace'), operator, mood)

  let ends = 0
  function sessionEnded(c: Context<SandboxEnv>): Response {
    ends += 1
    const isUnauthorized = ends % 2 === 1
    return c.json({ err: 1, errmsg: 'SESSION ENDED' }, isUnauthorized ? 401 : 200)
  }

  function tell(c: Context<SandboxEnv>, answer: Record<string, unknown>): Response {
    return c.json(has(c)('spaced_keys') ? withSpaces(answer) : answer)
  }

  return app
}

const OWN = Array.from({ length: OWN_NUMBERS.count }, (_, i) => OWN_NUMBERS.first + i)

/** `+7 (812) 323-2323`. */
const formatted = (number: number) => String(number).replace(/^7(\d{3})(\d{3})(\d{4})$/, '+7 ($1) $2-$3')

/** As in the document: `{" number ":"78123232323"}`. */
function withSpaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSpaces)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [` ${name} `, withSpaces(member)]))
}
