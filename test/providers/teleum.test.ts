import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Account } from '../../src/providers/provider.ts'
import { sip } from '../../src/providers/sip/index.ts'
import { teleum } from '../../src/providers/teleum/index.ts'
import { outcomeOf } from '../../src/providers/teleum/wire.ts'
import { type Received, rawOperator } from './raw-operator.ts'

const EMAIL = 'user@company.example'
const PASSWORD = 'p&ss=w?rd'
const TOKEN = 'f3765d40fecd44ee0a03480ba0043bb2'
const OWN = '78123232323'
const LINE = { number: `+${OWN}`, user: '100200300', password: 'of the line' }
const SECRETS = [EMAIL, PASSWORD, TOKEN, LINE.user, LINE.password]

const paramsOf = ({ path }: Received) =>
  Object.fromEntries(new URL(path, 'http://operator').searchParams) as Record<string, string>

/** An operator that logs everybody in and answers each method as told, and an account at it. */
async function operatorWith(methods: Record<string, (params: Record<string, string>) => unknown>) {
  const operator = await rawOperator((request) => {
    const { cmd = '', ...params } = paramsOf(request)
    const answer =
      cmd === 'login' && !methods.login
        ? { account: '00000001', token: TOKEN, vivaid: 1 }
        : methods[cmd]?.(params)
    const reply = answer as { status?: number; body?: string }
    if (typeof reply?.body === 'string') return { status: reply.status ?? 200, body: reply.body }
    return { status: 200, body: JSON.stringify(answer ?? { err: 1, errmsg: 'no such method' }) }
  })
  const account: Account<never, never> = {
    id: 'prv_test',
    baseUrl: `${operator.url}/api/v3`,
    credentials: teleum.credentials.parse({ email: EMAIL, password: PASSWORD, lines: [LINE] }) as never,
    settings: teleum.settings.parse({ server: 'sip.operator.example', request_timeout_ms: 2_000 }) as never,
    allowPrivateTargets: true,
    isStopped: () => false,
  }
  return { account, requests: operator.requests }
}

const row = (over: Record<string, unknown> = {}) => ({
  src: OWN,
  dst: '79243555100',
  billsec: '01:45',
  billsecu: '105',
  disposition: 'ANSWERED',
  calldate: '2026-11-17 12:12:35',
  calldatef: '17.11.2026 12:12:35',
  rdr: '',
  ...over,
})
const span = { from: new Date('2026-11-17T09:00:00Z'), to: new Date('2026-11-17T10:00:00Z'), phone: null }
const report = (...calls: unknown[]) => ({
  reportCalls: () => ({ vivaid: '1', counts: calls.length, calls }),
})

it.each(['100"200', '100\\200', '100<200>', '100\u0007200', '100\ud800'])(
  'a line’s user that the gateway would refuse is not saved: %j',
  (user) => {
    const lines = [{ ...LINE, user }]
    expect(teleum.credentials.safeParse({ email: EMAIL, password: PASSWORD, lines }).success).toBe(false)
    expect(sip.credentials.safeParse({ username: user, password: PASSWORD }).success).toBe(false)
  },
)

describe('a request', () => {
  it('has everything in its query, as the document says', async () => {
    const { account, requests } = await operatorWith({ balance: () => ({ balance: '100.20', vivaid: '1' }) })
    expect(await teleum.balance(account)).toMatchObject({ balanceMicros: 100_200_000n })
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'GET'])
    expect(requests.map(({ path }) => path.split('?')[0])).toEqual(['/api/v3/', '/api/v3/'])
    expect(requests.map(paramsOf)).toEqual([
      { cmd: 'login', email: EMAIL, paswd: PASSWORD },
      { cmd: 'balance', token: TOKEN, vivaid: '1' },
    ])
  })

  it('is not sent for a stopped account', async () => {
    const { account, requests } = await operatorWith({})
    await expect(teleum.balance({ ...account, isStopped: () => true })).rejects.toMatchObject({
      reason: 'unreachable',
    })
    expect(requests).toEqual([])
  })
})

describe('a login', () => {
  it.each([
    [{ err: 1, errmsg: 'wrong' }, 'unauthorized'],
    [{ err: '1' }, 'unauthorized'],
    [{ status: 401, body: '' }, 'unauthorized'],
    [{ status: 403, body: '<h1>Forbidden</h1>' }, 'bad_answer'],
    [{ status: 500, body: '' }, 'bad_answer'],
    [{ status: 200, body: '' }, 'bad_answer'],
    [{ account: '1', vivaid: 1 }, 'bad_answer'],
    [{ token: TOKEN }, 'bad_answer'],
  ])('answered with %j is %s, and sent once', async (answer, reason) => {
    const { account, requests } = await operatorWith({ login: () => answer })
    await expect(teleum.balance(account)).rejects.toMatchObject({ reason })
    expect(requests).toHaveLength(1)
  })
})

describe('an error', () => {
  it.each([
    { err: 1, errmsg: `no ${SECRETS.join(' ')}` },
    { error: 1, errormsg: `no ${SECRETS.join(' ')}` },
  ])('quotes no secret: %#', async (answer) => {
    const { account } = await operatorWith({ balance: () => answer })
    const fault = await teleum.balance(account).catch((error: unknown) => error)
    expect(fault).toMatchObject({ reason: 'refused' })
    for (const secret of SECRETS) expect(String(fault)).not.toContain(secret)
  })

  it('of an address names only its host', async () => {
    const { account } = await operatorWith({ balance: () => ({ status: 404, body: '<h1>404</h1>' }) })
    const fault = String(await teleum.balance(account).catch((error: unknown) => error))
    expect(fault).toContain('base_url is probably wrong')
    for (const secret of [...SECRETS, encodeURIComponent(PASSWORD), 'cmd'])
      expect(fault).not.toContain(secret)
  })
})

it.each(['100,20', '1 000.00', '1,234', '', 'x', null, true, '1e3'])(
  'the balance %j is refused',
  async (told) => {
    const { account } = await operatorWith({ balance: () => ({ balance: told }) })
    await expect(teleum.balance(account)).rejects.toMatchObject({ reason: 'bad_answer' })
  },
)

it.each([
  ['a list', { numbers: [{ number: OWN }] }],
  ['one number alone', { ' number ': OWN, ' numberform ': '+7 (812) 323-2323', vivaid: '1' }],
  ['only its formatted number', { numbers: [{ numberform: '+7 (812) 323-2323' }, null, 'x'] }],
])('%s names the rented numbers', async (_what, numbers) => {
  const { account } = await operatorWith({ getConnectedNumbers: () => numbers })
  expect(await teleum.ownNumbers?.(account)).toEqual([LINE.number])
})

it('a rented number that may not be shown is none to call from', async () => {
  const { account } = await operatorWith({
    getConnectedNumbers: () => ({ numbers: [{ number: OWN }] }),
    getRCIDs: () => ({ rcids: [{ id: '1', numberform: '+7 (812) 323-0000' }] }),
  })
  expect(await teleum.ownNumbers?.(account)).toEqual([])
})

describe('a row of the report', () => {
  it.each([
    ['ANSWERED', 'answered'],
    ['отвеченный', 'answered'],
    ['BUSY', 'busy'],
    ['Занято', 'busy'],
    ['NO ANSWER', 'no_answer'],
    ['no_answer', 'no_answer'],
    ['неотвеченный', 'no_answer'],
    ['не отвечен', 'no_answer'],
    ['нет ответа', 'no_answer'],
    ['FAILED', 'unreachable'],
    ['сбой', 'unreachable'],
    ['CONGESTION', 'unknown'],
    ['', 'unknown'],
  ])('with the disposition %j means %s', (disposition, status) => {
    expect(outcomeOf(disposition)).toBe(status)
  })

  it.each<[string, Record<string, unknown>]>([
    ['a number in another notation', { src: '+7 (812) 323-23-23', dst: '8 924 355-51-00' }],
    ['numbers as numbers', { src: Number(OWN), dst: 79_243_555_100, billsecu: 105 }],
    ['only the formatted time', { calldate: '' }],
  ])('is read with %s', async (_what, over) => {
    const { account } = await operatorWith(report(row(over)))
    const { rows, isWhole } = await teleum.records(account, span)
    expect(isWhole).toBe(true)
    expect(rows).toMatchObject([
      { at: new Date('2026-11-17T09:12:35Z'), phone: '+79243555100', code: '2323' },
    ])
  })

  it.each<[string, unknown]>([
    ['nothing', null],
    ['no members', {}],
    ['no time', row({ calldate: 'yesterday', calldatef: null })],
    ['a masked phone', row({ dst: '7924*******' })],
  ])('with %s hides no other row, and leaves open what it is', async (_what, stray) => {
    const { account } = await operatorWith(report(stray, row()))
    const { rows, isWhole } = await teleum.records(account, span)
    expect(rows).toHaveLength(1)
    expect(isWhole).toBe(false)
  })
})

it('every call is listed once, whatever the order, the pages and the rows that are added meanwhile', async () => {
  const state = { rows: [] as ReturnType<typeof row>[], page: (_: Record<string, string>): unknown => null }
  const { account } = await operatorWith({ reportCalls: (params) => state.page(params) })
  const shape = fc.record({
    count: fc.integer({ min: 0, max: 450 }),
    equals: fc.integer({ min: 1, max: 5 }),
    newest: fc.boolean(),
    added: fc.integer({ min: 0, max: 8 }),
    limit: fc.constantFrom(50, 100, 1_000),
    countsPage: fc.boolean(),
    repeats: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(shape, async ({ count, equals, newest, added, limit: cap, countsPage, repeats }) => {
      // A server with pages shorter than asked for must tell the number of all rows, or nobody could know.
      fc.pre(!(countsPage && cap < 100))
      const time = (i: number) =>
        new Date(span.from.getTime() + 3 * 3_600_000 + Math.floor(i / equals) * 1_000)
          .toISOString()
          .slice(0, 19)
          .replace('T', ' ')
      const all = Array.from({ length: count }, (_, i) => row({ calldate: time(i) }))
      let others = 0
      state.page = ({ start = '0', limit = '20' }) => {
        const later = Array.from({ length: others }, () => row({ src: '78120000000', calldate: time(9_000) }))
        others += added
        const rows = newest ? [...later, ...all.toReversed()] : [...all, ...later]
        const size = Math.min(Number(limit), cap)
        const from = repeats && Number(start) >= rows.length ? Math.max(0, rows.length - size) : Number(start)
        const calls = rows.slice(from, from + size)
        return { counts: String(countsPage ? calls.length : rows.length), calls }
      }
      const { rows } = await teleum.records(account, span)
      expect(rows).toHaveLength(count)
      expect(new Set(rows.map((one) => one.row)).size).toBe(count)
    }),
    { numRuns: 60 },
  )
})
