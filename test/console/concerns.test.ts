import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { parseId } from '../../src/values/ids.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Visitor } from './visitor.ts'

let own: TestHttp
let visit: Visitor['visit']
let newSession: Visitor['newSession']
let admin: string

beforeAll(async () => {
  own = await startTestHttp()
  // A new installation serves no phone yet.
  await own.app.db.sql`delete from routes`
  const visitor = createVisitor(own)
  ;({ visit, newSession } = visitor)
  // The first steps tell of what is missing: see first-run.test.ts.
  admin = `${pairs((await visitor.logIn(ADMIN_KEY)).cookies)}; ringproof_first_run=hidden`
})
afterAll(() => own.stop())

type Line = { text: string; leadsTo: string }

/** The page's list of what needs attention, in order; each line is one link. */
function linesOf(page: string): Line[] {
  const [, box = ''] = /aria-labelledby="attention">[\s\S]*?<ul>([\s\S]*?)<\/ul>/.exec(page) ?? []
  expect(box === '').toBe(/class="box good"/.test(page))
  return [...box.matchAll(/<li><a href="([^"]+)">([^<]+)<\/a>/g)].map(([, leadsTo = '', text = '']) => {
    return { text, leadsTo }
  })
}

async function concerns(cookie = admin, language = 'en'): Promise<Line[]> {
  const { text, status } = await visit('/console', { cookie, headers: { 'accept-language': language } })
  expect(status).toBe(200)
  return linesOf(text)
}
const texts = async (cookie?: string) => (await concerns(cookie)).map(({ text }) => text)

async function create(path: string, body: object) {
  const answer = await own.request('POST', path, { body })
  expect(answer.status, answer.text).toBe(201)
  return answer.body
}

/** An account without a known state or stop: deletes the result of the credential check. */
async function newAccount(name: string) {
  const account = await create('/v1/provider-accounts', {
    provider: 'telefon-ip',
    name,
    base_url: sandboxBaseUrl(own.sandbox.url, 'telefon-ip'),
    credentials: { token: 'a-token-that-nobody-knows' },
  })
  await own.app.db.sql`delete from account_states where account_id = ${parseId('account', account.id)}`
  await own.app.db.sql`delete from account_stops`
  own.app.caches.clear('accounts')
  return account
}

test('an installation that cannot call yet shows each missing step, in both languages', async () => {
  const noKey = 'Your back end needs a live key with “verify” and without “admin”. Create one.'
  expect(await concerns()).toEqual([
    {
      text: 'Live calls are not possible yet: add an operator account.',
      leadsTo: '/console/operators/new',
    },
    { text: noKey, leadsTo: '/console/keys#new' },
  ])
  const russian = await concerns(admin, 'ru')
  expect(russian.map(({ leadsTo }) => leadsTo)).toEqual(['/console/operators/new', '/console/keys#new'])
  for (const { text } of russian) expect(text).toMatch(/^[А-Яа-я]/)
  const { id } = await newAccount('first')
  expect(await texts()).toEqual(['Live calls are not possible yet: add a route.', noKey])
  await create('/v1/routes', { prefix: '+49', channel: 'flash_call', accounts: [id] })
  expect(await concerns()).toEqual([
    { text: 'No route serves +7, your default region. Add one.', leadsTo: '/console/routes' },
    { text: noKey, leadsTo: '/console/keys#new' },
  ])
  await create('/v1/routes', { prefix: '+79', channel: 'flash_call', accounts: [id] })
  expect(await texts()).toEqual([noKey])
  await own.newKey({ livemode: true })
  expect(await texts()).toEqual([])
})

test('refused credentials are reported once, without their consequences', async () => {
  const { id } = await newAccount('wrong')
  const csrf = (await visit('/console/operators', { cookie: admin })).csrf
  await visit('/console/operators', { cookie: admin, form: { csrf, account: id } })
  await own.app.db.sql`
    update account_states set breaker = 'open', open_until = now() + interval '1 minute'
    where account_id = ${parseId('account', id)}`
  expect(await concerns()).toEqual([
    {
      text: 'Stopped: wrong.',
      leadsTo: `/console/operators#${id}`,
    },
  ])
  await own.request('DELETE', `/v1/provider-accounts/${id}`)
  expect(await concerns()).toEqual([])
})

test('a low, empty or insufficient operator account is reported as such', async () => {
  const { id } = await newAccount('poor')
  const setBalance = (balance: bigint, limit: bigint | null, price: bigint | null) => own.app.db.sql`
    insert into account_states (account_id, balance_micros, balance_limit_micros, call_price_micros, balance_currency)
    values (${parseId('account', id)}, ${balance}, ${limit}, ${price}, 'RUB')
    on conflict (account_id) do update set balance_micros = ${balance}, balance_limit_micros = ${limit}, call_price_micros = ${price}`
  const cases: [bigint, bigint | null, bigint | null, RegExp | null][] = [
    [100_000_000n, null, 500_000n, null],
    [20_000_000n, null, 500_000n, /^The balance of poor is nearly used up: .*20.*, enough for 40 calls\.$/],
    [20_000_000n, 19_500_000n, 500_000n, /enough for 1 call\.$/],
    [400_000n, null, 500_000n, /^The balance of poor is low/],
    [0n, null, null, /^The balance of poor is low/],
    [-5_000_000n, -10_000_000n, null, null],
  ]
  for (const [balance, limit, price, says] of cases) {
    await setBalance(balance, limit, price)
    const said = await texts()
    expect([balance, said]).toEqual([balance, says ? [expect.stringMatching(says)] : []])
  }
  await own.request('DELETE', `/v1/provider-accounts/${id}`)
})

test("the tenant's balance is a concern once it covers twenty calls at most, and only for keys that may see money", async () => {
  await create('/v1/prices', {
    prefix: '+7',
    channel: 'flash_call',
    currency: 'RUB',
    amount: '1.00',
    per: 'attempt',
  })
  const reader = await newSession({ livemode: true })
  expect(await concerns(reader)).toEqual([])
  await expect
    .poll(() => concerns())
    .toEqual([{ text: expect.stringMatching(/^The balance is used up/), leadsTo: '/console/money' }])
  await create('/v1/billing/topups', { amount: '19.00', currency: 'RUB' })
  expect(await texts()).toEqual([expect.stringMatching(/^The balance covers only a few more calls: .*19/)])
  await create('/v1/billing/topups', { amount: '1.00', currency: 'RUB' })
  expect(await texts()).toEqual([])
})

/** Stores verifications of the first tenant that have just ended. */
async function add(count: number, status: string, { delivered = false, livemode = true, ago = 0 } = {}) {
  const at = new Date(Date.now() - 60_000 - ago)
  for (let i = 0; i < count; i++) {
    await own.app.db.sql`
      insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries, attempts,
        created_at, expires_at, delivered_at, completed_at, audit_seq, audit_head)
      values (${v7({ msecs: at.getTime() })}, ${parseId('tenant', own.firstTenant)}, ${livemode}, '+79243555100', 'flash_call',
        ${status}, 3, 3, 0, 1, ${at}, ${at}, ${delivered ? at : null}, ${at}, 0, '')`
  }
}

test('ten or more calls with half undelivered are a concern; old, denied and test calls do not count', async () => {
  await add(30, 'failed', { ago: 25 * 3_600_000 })
  await add(20, 'failed', { livemode: false })
  await add(20, 'denied')
  await add(5, 'failed')
  await add(4, 'approved', { delivered: true })
  expect(await concerns()).toEqual([])
  await add(1, 'approved')
  const reader = await newSession({ livemode: true })
  for (const cookie of [admin, reader]) {
    expect(await concerns(cookie)).toEqual([
      {
        text: '5 of the last 10 verifications never reached the phone. Find out why.',
        leadsTo: '/console/verifications?status=failed',
      },
    ])
  }
  await add(1, 'expired', { delivered: true })
  expect(await concerns()).toEqual([])
  await add(10, 'expired')
  expect(await concerns()).toEqual([
    {
      text: '15 of the last 21 verifications never reached the phone. Find out why.',
      leadsTo: '/console/verifications?status=expired',
    },
  ])
  await own.app.db.sql`delete from verifications where status = 'expired' and delivered_at is null`
})

test('calls without a worker are a concern in their own mode, and the only one of test mode', async () => {
  const tester = await newSession()
  expect(await concerns(tester)).toEqual([])
  const { secret } = await own.newKey()
  const answer = await own.request('POST', '/v1/verifications', {
    key: secret,
    body: { phone: '+79243555199' },
  })
  expect(answer.status, answer.text).toBe(201)
  expect(await concerns(tester)).toEqual([])
  await own.app.db.sql`update due_attempts set due_at = now() - interval '2 minutes', slot = 0`
  expect(await concerns(tester)).toEqual([
    {
      text: expect.stringMatching(/^Calls have been waiting for 12\d s: no worker is running/),
      leadsTo: '/console/verifications?status=pending',
    },
  ])
  expect(await concerns(await newSession({ livemode: true }))).toEqual([])
  expect(await texts(admin)).toEqual([expect.stringMatching(/no worker is running/)])
})

test('test mode reports a missing sandbox, and nothing that live calls lack', async () => {
  const bare = await startTestHttp({ SANDBOX_URL: '' })
  try {
    const visitor = createVisitor(bare)
    const cookie = await visitor.newSession({ scopes: ['admin', 'read'] })
    const { text } = await visitor.visit('/console', { cookie })
    expect(linesOf(text).map((line) => line.text)).toEqual([
      'Test verifications are refused because no sandbox is configured. Start one and set SANDBOX_URL.',
    ])
  } finally {
    await bare.stop()
  }
})
