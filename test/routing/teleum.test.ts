import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { teleum } from '../../src/providers/teleum/index.ts'
import { watchBalances } from '../../src/routing/balance.ts'
import { credentialsIn, sandboxBaseUrl, sandboxNamespace } from '../../src/sandbox/credentials.ts'
import { sandboxLine } from '../../src/sandbox/lines.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

type Fields = Record<string, unknown>

const SETTINGS = { server: 'sip.operator.example' }

/** Credentials at the simulator, with a line for each of these numbers. */
function credentialsWith(...numbers: string[]) {
  const given = credentialsIn(sandboxNamespace(randomBytes(32)), teleum)
  const lines = numbers.map((number) => sandboxLine(given.password ?? '', number))
  return { ...given, lines } as { email: string; password: string; lines: typeof lines }
}

function add(credentials: Fields, settings: Fields = SETTINGS, more: Fields = {}) {
  const body = {
    provider: 'teleum',
    name: `teleum ${Math.random()}`,
    base_url: sandboxBaseUrl(test.sandbox.url, 'teleum'),
    credentials,
    settings,
    ...more,
  }
  return test.request('POST', '/v1/provider-accounts', { body })
}

const paths = ({ body }: { body: { errors: { path: string }[] } }) => body.errors.map(({ path }) => path)
const numbers = (count: number, from = 74_951_110_000) =>
  Array.from({ length: count }, (_, i) => `+${from + i}`)
const logins = async (key: string) =>
  (
    (await (
      await fetch(`${test.sandbox.url}/teleum/control/logins`, {
        headers: { authorization: `Bearer ${key}` },
      })
    ).json()) as { logins: number }
  ).logins

it('an account with lines is saved, its numbers are confirmed, and the answer says that only http works', async () => {
  const made = await add(credentialsWith(...numbers(3)))
  expect(made.status).toBe(201)
  expect(made.body.check).toMatchObject({ ok: true, numbers: 'owned' })
  expect(made.body.check.detail).toContain('without encryption')
  expect(made.text).not.toContain('sandbox.example')
  const route = await test.request('POST', '/v1/routes', {
    body: { prefix: '+7999', channel: 'flash_call', accounts: [made.body.id] },
  })
  expect(route.status).toBe(201)
  const checked = await test.request('POST', `/v1/provider-accounts/${made.body.id}/check`)
  expect(checked.body).toMatchObject({ ok: true, balance: { currency: 'RUB' }, numbers: 'owned' })
  expect(checked.body.warning).toContain('without encryption')
  const health = await test.request('GET', `/v1/provider-accounts/${made.body.id}/health`)
  expect(health.body).toMatchObject({ stopped: null, guess_chance: 1 / 3 })
})

it('the lines that one guess a day asks for fit into a request, as texts', async () => {
  const given = credentialsWith(...numbers(1_112))
  // Users and passwords of the simulator are longer than an operator's.
  const short = given.lines.map(({ number }, i) => `${number} ${100_200_300 + i} s3cretpw`)
  const made = await add({ ...given, lines: short })
  expect(made.body.check).toMatchObject({ ok: true, numbers: 'owned' })
  const health = await test.request('GET', `/v1/provider-accounts/${made.body.id}/health`)
  expect(health.body.guess_chance).toBe(1 / 1_112)
})

it('http is accepted in production, since the operator documents nothing else', async () => {
  const strict = await startTestHttp({ NODE_ENV: 'production', ALLOW_PRIVATE_TARGETS: 'false' })
  try {
    const body = { provider: 'teleum', name: 'main', credentials: credentialsWith(), settings: SETTINGS }
    const made = await strict.request('POST', '/v1/provider-accounts', {
      body: { ...body, base_url: 'http://operator.invalid/api/v3/' },
    })
    expect(made.body).toMatchObject({ base_url: 'http://operator.invalid/api/v3', check: { ok: false } })
    const other = await strict.request('POST', '/v1/provider-accounts', {
      body: {
        provider: 'telefon-ip',
        name: 'other',
        credentials: { token: '4ea13fbf-f5a3-4084-8b01' },
        base_url: 'http://operator.invalid',
      },
    })
    expect(paths(other)).toEqual(['base_url'])
  } finally {
    await strict.stop()
  }
})

it.each<[string, Fields, Fields, string]>([
  ['a number that is not rented', credentialsWith('+74959990000'), SETTINGS, 'settings.numbers'],
  [
    'a number without a line',
    credentialsWith('+74951110000'),
    { ...SETTINGS, numbers: ['+74951110001'] },
    'settings.numbers',
  ],
  [
    'two lines for a number',
    credentialsWith('+74951110000', '+7 (495) 111-00-00'),
    SETTINGS,
    'credentials.lines.1.number',
  ],
  ['a line without a number', credentialsWith('12345'), SETTINGS, 'credentials.lines.0.number'],
  ['a server with a scheme', credentialsWith(), { server: 'sip:x' }, 'settings.server'],
  ['an unknown way', credentialsWith(), { ...SETTINGS, caller_id_by: 'rcid' }, 'settings.caller_id_by'],
])('%s is refused', async (_what, credentials, settings, path) => {
  const refused = await add(credentials, settings)
  expect([refused.status, paths(refused)]).toEqual([422, [path]])
})

it('the first line calls from every rented number by `from`', async () => {
  const made = await add(credentialsWith('+74951110000'), {
    ...SETTINGS,
    caller_id_by: 'from',
    numbers: ['+74951110000-74951119999'],
  })
  expect(made.body.check).toMatchObject({ ok: true, numbers: 'owned' })
  const health = await test.request('GET', `/v1/provider-accounts/${made.body.id}/health`)
  expect(health.body.guess_chance).toBe(1 / 10_000)
})

it('a wrong password is sent once, and stops the account until a person acts', async () => {
  const right = credentialsWith(...numbers(3))
  const made = await add({ ...right, password: 'a wrong one' })
  expect(made.body.check).toMatchObject({ ok: false, detail: expect.stringContaining('saved but stopped') })
  const worker = { ...test.app, actor: { type: 'worker' as const }, requestId: null }
  for (let minute = 0; minute < 3; minute += 1) {
    await test.app.db.sql`update account_states set balance_at = null`
    await watchBalances(worker)
    test.passTime(60_000)
  }
  expect(await logins(right.password)).toBe(1)
  const mended = await test.request('PATCH', `/v1/provider-accounts/${made.body.id}`, {
    body: { credentials: right },
  })
  expect(mended.body.check).toMatchObject({ ok: true })
  const health = await test.request('GET', `/v1/provider-accounts/${made.body.id}/health`)
  expect(health.body.stopped).toBe(null)
})
