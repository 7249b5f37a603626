import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, pairs, type Sent, type Visitor } from './visitor.ts'

let own: TestHttp
let visitor: Visitor
let admin: string
let tester: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  admin = pairs((await visitor.logIn(ADMIN_KEY)).cookies)
  tester = await visitor.newSession({ scopes: ['verify', 'read', 'billing'] })
})
afterAll(() => own.stop())

/** The content of a page in Russian. */
async function russian(path: string, { cookie = admin, form, ...sent }: Sent = {}) {
  const of = (text: string) => /<main[^>]*>([\s\S]*)<\/main>/.exec(text)?.[1] ?? ''
  const inRussian = `${cookie}; ringproof_language=ru`
  const fields = form && { csrf: (await visitor.visit('/console', { cookie })).csrf, ...form }
  const answer = await visitor.visit(path, { ...sent, cookie: inRussian, ...(fields && { form: fields }) })
  return { status: answer.status, main: of(answer.text) }
}

async function expectRussian(path: string, sent: Sent = {}): Promise<void> {
  const { status, main } = await russian(path, sent)
  expect(status, path).toBeGreaterThanOrEqual(400)
  expect(main, path).toMatch(/[а-я]{4}/)
  const text = main.replace(/<[^>]*>/g, ' ')
  expect(text, `${path} ${JSON.stringify(sent.form)}`).not.toMatch(/\b(must|the|is|are|not|no|has|this)\b/i)
}

test('problems of an operator account are shown in Russian, with a link to fix them', async () => {
  for (const [name, base_url] of [
    ['nobody', 'http://127.0.0.1:1'],
    ['elsewhere', own.sandbox.url],
  ]) {
    const body = {
      provider: 'telefon-ip',
      name,
      base_url,
      credentials: { token: 'a-token-that-nobody-knows' },
    }
    expect((await own.request('POST', '/v1/provider-accounts', { body })).status).toBe(201)
  }
  for (const path of ['/console', '/console/operators']) {
    const { main } = await russian(path)
    expect(main, path).toContain('нет соединения с http://127.0.0.1:1 (ECONNREFUSED)')
    expect(main, path).toContain(
      `ответ не в формате оператора; вероятно, неверен base_url (${own.sandbox.url})`,
    )
    expect(main, path).not.toContain('lang="en"')
  }
  const { main } = await russian('/console/operators')
  expect(main).toContain('href="/console/operators/new"')
  expect((await russian('/console/money')).main).toContain('href="/console/money/postings"')
})

test('errors in a URL are shown in Russian on a Russian page', async () => {
  for (const path of [
    '/console/money/statements?month=2026-13',
    '/console/money/statements?month=2999-01',
    '/console/money/statements.csv?month=x',
    '/console/money?phone=12',
    '/console/money?from=2026-02-30',
    '/console/money?from=2026-02-02&to=2026-01-01',
    '/console/money?from=2020-01-01&to=2026-01-01',
    '/console/money?cursor=x',
    '/console/money/findings?state=x',
    '/console/money/findings?cursor=x',
    '/console/verifications?status=x',
    '/console/verifications?from=yesterday',
    '/console/verifications?from=2026-02-02&to=2026-01-01',
    '/console/verifications?q=1&q=2',
    '/console/verifications?q=%00',
    `/console/verifications?q=${'x'.repeat(256)}`,
    '/console/verifications?cursor=x',
    '/console/verifications/ver_0',
    '/console/webhooks?cursor=x',
    '/console/webhooks/whe_0',
    '/console/keys?cursor=x',
    '/console/keys/key_0',
    '/console/doors?cursor=x',
    '/console/doors/cmp_0',
    '/console/operators?cursor=x',
    '/console/prices?cursor=x',
    '/console/prices/prc_0',
    '/console/costs/cst_0',
    '/console/quote?phone=x',
    '/console/quote?phone=%2B7924&channel=x',
    '/console/erasures?cursor=x',
    '/console/erasures/era_0',
    '/console/tenants?cursor=x',
    '/console/tenants/ten_0',
    '/console/for/ten_0/keys',
    '/console/routes?cursor=x',
    '/console/routes/rte_0',
    '/console/operators/prv_0',
    '/console/nothing-here',
  ]) {
    await expectRussian(path)
  }
  await expectRussian('/console/money/findings', { cookie: tester })
})

test('errors in a form are shown in Russian, by field name', async () => {
  const policy = (fields: Record<string, string>) => ({ form: { action: 'simulate', ...fields } })
  for (const [path, sent] of [
    ['/console/login', { form: { key: 'rp_test_nonsense' } }],
    ['/console/policy/start-hook', { form: { action: 'save', url: 'x', timeout_ms: '1', on_failure: 'x' } }],
    ['/console/policy/start-hook', { form: { action: 'test' } }],
    ['/console/policy', policy({ starts_per_phone_day: 'many' })],
    ['/console/policy', policy({ starts_per_phone_day: '-1' })],
    ['/console/policy', policy({ starts_per_phone_day: '1.5' })],
    ['/console/policy', policy({ starts_per_phone_day: '1e12' })],
    ['/console/policy', policy({ spend_per_day: 'a lot' })],
    ['/console/policy', policy({ spend_per_day: '-1' })],
    ['/console/policy', policy({ spend_per_day: '0.1234567' })],
    ['/console/policy', policy({ spend_per_day: '1'.repeat(20) })],
    ['/console/policy', policy({ min_finished: '5' })],
    ['/console/policy', policy({ min_finished: '5', min_approved_percent: '101' })],
    ['/console/policy', { form: { action: 'save', seen: 'another' } }],
    ['/console/doors', { form: { name: '', facade: 'telefon-ip' } }],
    ['/console/doors', { form: { name: 'x', facade: 'x' } }],
    ['/console/webhooks', { form: { url: '' } }],
    ['/console/webhooks', { form: { url: 'http://127.0.0.1/', event_types: 'x' } }],
    ['/console/keys', { form: { name: '' } }],
    ['/console/keys', { form: { name: 'x'.repeat(101), scopes: 'read' } }],
    ['/console/keys', { form: { name: 'x', scopes: 'x' } }],
    ['/console/keys', { form: { name: 'x', scopes: 'read', networks: 'home' } }],
    ['/console/keys', { form: { name: 'x', scopes: 'read', expires: '2020-01-01' } }],
    ['/console/keys', { form: { name: 'x', scopes: 'read', expires: 'never' } }],
    ['/console/money/postings', { form: { kind: 'topup', amount: 'much' } }],
    ['/console/money/postings', { form: { kind: 'debit', amount: '1', reason: '' } }],
    ['/console/money/postings', { form: { kind: 'gift' } }],
    ['/console/prices', { form: { prefix: 'x', amount: '-1', currency: 'roubles', per: 'x' } }],
    ['/console/prices', { form: { valid_from: 'soon' } }],
    ['/console/costs', { form: { account: 'prv_0', prefix: '+7', amount: '1', currency: 'RUB' } }],
    ['/console/erasures', { form: { phone: '12' } }],
    ['/console/erasures', { form: { phone: '+79243559913', action: 'erase', confirm: '+79243559914' } }],
    ['/console/tenants', { form: { name: '', default_region: 'XX', retention_days: '1' } }],
    [`/console/tenants/${own.firstTenant}`, { form: { action: 'delete', confirm: 'x' } }],
    ['/console/for/ten_0/phones', { form: { phone: '+79243559913' } }],
    ['/console/try', { cookie: tester, form: { phone: '' } }],
    ['/console/try', { cookie: tester, form: { phone: '+12' } }],
    ['/console/money/findings', { form: { finding: 'fnd_0', to: 'open', note: 'x' } }],
    ['/console/money/findings', { form: { finding: 'fnd_0', to: 'x', note: '' } }],
  ] as [string, Sent][]) {
    await expectRussian(path, sent)
  }
  const { main } = await russian('/console/policy', policy({ deny_prefixes: '+7924 nonsense' }))
  expect(main).toContain('<strong>Запрещённые префиксы (2)</strong>: префикс пишется так: +7924')
})

test('refusals of a verification are shown in Russian', async () => {
  const begin = async (phone: string) =>
    (await own.request('POST', '/v1/verifications', { key: await testKey(), body: { phone } })).body
      .id as string
  const id = await begin('+79243559911')
  await expectRussian(`/console/try/${id}`, { cookie: tester, form: { code: 'abc' } })
  await expectRussian(`/console/try/${id}`, { cookie: tester, form: { code: '1234' } })
  await expectRussian(`/console/try/${id}`, { cookie: tester, form: { again: '1' } })
  await russian(`/console/verifications/${id}`, { cookie: tester, form: { action: 'cancel' } })
  await expectRussian(`/console/verifications/${id}`, { cookie: tester, form: { action: 'cancel' } })
  await expectRussian(`/console/verifications/${id}`, { cookie: tester, form: { action: 'retry' } })
  await own.request('PATCH', '/v1/policies', {
    body: {
      deny_prefixes: ['+7924355'],
      deny_number_types: ['toll_free'],
      starts_per_phone_hour: 0,
      observe: [],
    },
  })
  await expectRussian('/console/try', { cookie: tester, form: { phone: '+79243559912' } })
  await expectRussian('/console/try', { cookie: tester, form: { phone: '+78005553535' } })
  await expectRussian('/console/try', { cookie: tester, form: { phone: '+79263559912' } })
})

test('a workflow is told in Russian: its channels, what was skipped and why', async () => {
  const start = async (channels: string[]) => {
    const body = { phone: '+12025550113', workflow: channels.map((channel) => ({ channel })) }
    const answer = await own.request('POST', '/v1/verifications', { key: await testKey(), body })
    return (answer.body.id ?? answer.body.verification) as string
  }
  const pageOf = async (id: string) => {
    const { status, main } = await russian(`/console/verifications/${id}`, { cookie: tester })
    expect(status).toBe(200)
    const words = main.replace(/<section aria-labelledby="events">[\s\S]*/, '').replace(/<[^>]*>/g, ' ')
    expect(words).not.toMatch(/flash_call|voice|sms|telegram|inbound_call|serves/)
    return words
  }
  await own.request('PATCH', '/v1/policies', { body: { starts_per_phone_hour: null } })
  const skipping = await pageOf(await start(['telegram', 'sms', 'flash_call']))
  expect(skipping).toContain('Telegram → SMS → Звонок-сброс')
  expect(skipping).toMatch(/Канал пропущен[\s·]+Telegram[\s·]+Нет маршрута/)
  expect(skipping).toContain('Следующий канал: Звонок-сброс')
  expect(await pageOf(await start(['telegram', 'telegram']))).toMatch(/Запрещена политикой[\s·]+Telegram/)
})

let keyOfTests: string | undefined
async function testKey(): Promise<string> {
  keyOfTests ??= (await own.newKey()).secret
  return keyOfTests
}
