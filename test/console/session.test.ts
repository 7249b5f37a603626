import { afterAll, beforeAll, expect, test } from 'vitest'
import { WRONG_KEYS_PER_MINUTE } from '../../src/access/key-throttle.ts'
import { newLoginLink } from '../../src/access/login-link.ts'
import { derivedTestKey, prepareInstallation } from '../../src/tenants/bootstrap.ts'
import { StartInput } from '../../src/verifications/schemas.ts'
import { start } from '../../src/verifications/start.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { waitFor } from '../setup/wait.ts'
import { createVisitor, pairs, type Sent, type Visitor } from './visitor.ts'

let own: TestHttp
let visit: Visitor['visit']
let logIn: Visitor['logIn']
let newSession: Visitor['newSession']

beforeAll(async () => {
  own = await startTestHttp()
  ;({ visit, logIn, newSession } = createVisitor(own))
  await prepareInstallation(own.app.config as Parameters<typeof prepareInstallation>[0], {
    printTestKey: true,
  })
})
afterAll(() => own.stop())

test('a key with read opens a session; its cookie reveals nothing and is sent nowhere else', async () => {
  const { secret } = await own.newKey()
  const answer = await logIn(secret)
  expect(answer.status).toBe(303)
  const [cookie = ''] = answer.cookies
  expect(cookie).toMatch(/; Max-Age=28800; Path=\/console; HttpOnly; SameSite=Strict$/)
  expect(cookie).not.toContain(secret)
  const page = await visit('/console', { cookie: pairs(answer.cookies) })
  expect(page.status).toBe(200)
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(page.text).not.toMatch(/<script>|\son\w+=|style="/)
})

test('a key is found within pasted text', async () => {
  const { secret } = await own.newKey()
  const half = secret.length / 2
  for (const typed of [
    `  ${secret}\n`,
    `"${secret}"`,
    `\u201c${secret}\u201d,`,
    `Bearer ${secret}`,
    `Authorization: bearer "${secret}"`,
    `-H "Authorization: Bearer ${secret}"`,
    `"secret": "${secret}",`,
    `\ufeff${secret.slice(0, half)}\r\n  ${secret.slice(half)}\u200b`,
  ]) {
    expect((await logIn(typed)).status, typed.replace(secret, '…')).toBe(303)
  }
  expect((await logIn(`${secret} ${secret}`)).status).toBe(401)
  const strict = await own.request('GET', '/v1/verifications', { key: `"${secret}"` })
  expect([strict.status, strict.body.detail]).toEqual([401, expect.stringContaining('without quotes')])
  expect(strict.text).not.toContain(secret)
})

test('a key is revoked only if the checkbox confirms it, and the page says so', async () => {
  const cookie = await newSession({ scopes: ['read', 'admin'] })
  const { id } = await own.newKey({ name: 'to be revoked' })
  const path = `/console/keys/${id}`
  const { csrf } = await visit(path, { cookie })
  const unticked = await visit(path, { cookie, form: { csrf, action: 'revoke' } })
  expect(unticked.status).toBe(422)
  expect(unticked.text).toContain('The key was not revoked: tick')
  expect((await own.request('GET', `/v1/api-keys/${id}`)).status).toBe(200)
  const ticked = await visit(path, { cookie, form: { csrf, action: 'revoke', sure: '1' } })
  expect(ticked.headers.get('location')).toBe('/console/keys?revoked=1')
  expect((await own.request('GET', `/v1/api-keys/${id}`)).status).toBe(404)
})

test('a key rotated with the page’s defaults keeps working for a day', async () => {
  const cookie = await newSession({ scopes: ['read', 'admin'] })
  const forms: (Record<string, string> | null)[] = [null, { overlap_seconds: '' }, {}]
  for (const form of forms) {
    const { id, secret } = await own.newKey()
    const path = `/console/keys/${id}`
    const page = await visit(path, { cookie })
    const [, proposed = ''] = /<option value="(\d+)" selected>/.exec(page.text) ?? []
    const fields = form ?? { overlap_seconds: proposed }
    const rotated = await visit(path, { cookie, form: { csrf: page.csrf, action: 'rotate', ...fields } })
    expect([proposed, rotated.status]).toEqual(['86400', 200])
    const { body: old } = await own.request('GET', `/v1/api-keys/${id}`)
    expect(Date.parse(old.expires_at) - Date.now()).toBeGreaterThan(86_000_000)
    expect((await own.request('GET', '/v1/verifications', { key: secret })).status).toBe(200)
  }
})

test('the way back from the log-in stays in the console', async () => {
  const cookie = await newSession()
  const wayBack = async (next: string) =>
    (await visit(`/console/login?next=${encodeURIComponent(next)}`, { cookie })).headers.get('location')
  for (const next of [
    '/console/../../evil',
    '/console/..',
    '/console/%2e%2e/evil',
    '/console/.%2E/%2e./evil',
    '/console/..%2fevil',
    '/console/%252e%252e/evil',
    '/console/..\\..\\evil',
    '/console\\..\\evil',
    '/console/\t../\n../evil',
    '/console/..;/evil',
    '/console//evil.example',
    '//evil.example/console',
    '/\\evil.example/console',
    'https://evil.example/console',
    'javascript:alert(1)//console',
    '/console.evil',
    '/console@evil.example',
    '/consoleevil',
    '/console/%0d%0aset-cookie:x',
    '/console/\u2025/evil',
    '/evil',
    '',
  ]) {
    const there = await wayBack(next)
    expect(new URL(there ?? '', 'http://own.example').pathname, next).toBe('/console')
    expect(there, next).toBe('/console')
  }
  for (const next of [
    '/console',
    '/console/money/findings',
    '/console/verifications?q=%2B7&from=2026-01-31',
  ]) {
    expect(await wayBack(next)).toBe(next)
  }
  expect(await wayBack('/console/keys?x=a b#top')).toBe('/console/keys?x=a%20b')
  const { csrf } = await visit('/console', { cookie })
  const form = { csrf, language: 'en', back: '/console/../../evil' }
  expect((await visit('/console/preferences', { cookie, form })).headers.get('location')).toBe('/console')
})

test('over HTTPS the cookie is Secure', async () => {
  const behind = await startTestHttp({ PUBLIC_URL: 'https://proof.example' })
  try {
    const answer = await behind.http.request('/console/login')
    expect(answer.headers.getSetCookie().join()).toContain('; Secure')
  } finally {
    await behind.stop()
  }
})

test('a wrong key and a key without read get no session; wrong keys are throttled as in the API', async () => {
  expect((await logIn('rp_test_nonsense')).status).toBe(401)
  const { secret } = await own.newKey({ scopes: ['verify'] })
  expect((await logIn(secret)).status).toBe(403)
  const statuses: number[] = []
  for (let i = 0; i <= WRONG_KEYS_PER_MINUTE; i += 1) {
    statuses.push((await logIn(`rp_test_${'x'.repeat(40)}`, '198.51.100.7')).status)
  }
  expect(statuses.at(-1)).toBe(429)
})

test('without a session every page leads to the log-in page, and back', async () => {
  const answer = await visit('/console/verifications?status=failed')
  expect(answer.status).toBe(303)
  expect(answer.headers.get('location')).toBe(
    '/console/login?next=%2Fconsole%2Fverifications%3Fstatus%3Dfailed',
  )
  const away = await visit('/console/login?next=//evil.example/x')
  expect(away.text).toContain('name="next" value="/console"')
})

test('a form without the token, with a wrong one, or from another site is refused, without effect', async () => {
  const cookie = await newSession({ scopes: ['verify', 'read'] })
  const phone = '+79243559901'
  const { csrf } = await visit('/console/try', { cookie })
  const other = await visit('/console/try', { cookie: await newSession() })
  const forms: Sent[] = [
    { form: { phone } },
    { form: { phone, csrf: other.csrf } },
    { form: { phone, csrf }, headers: { 'sec-fetch-site': 'cross-site' } },
  ]
  for (const sent of forms) expect((await visit('/console/try', { cookie, ...sent })).status).toBe(403)
  const { secret } = await own.newKey()
  const key = { key: secret }
  const list = await own.request('GET', `/v1/verifications?phone=${encodeURIComponent(phone)}`, key)
  expect(list.body.data).toEqual([])
  expect((await visit('/console/try', { cookie, form: { phone, csrf } })).status).toBe(303)
})

test('pages show what the scopes allow, and nothing else', async () => {
  const cookie = await newSession({ scopes: ['read'] })
  const home = await visit('/console', { cookie })
  expect(home.text).not.toMatch(/href="\/console\/(try|money|operators|policy|keys)"/)
  for (const path of [
    '/console/money',
    '/console/operators',
    '/console/policy',
    '/console/keys',
    '/console/keys.csv',
  ]) {
    expect((await visit(path, { cookie })).status, path).toBe(403)
  }
})

test('another tenant’s verification is not found, like an unknown one', async () => {
  const stranger = await own.newTenant('stranger')
  const { id } = await start(stranger, StartInput.parse({ phone: '+79243559902' }))
  const cookie = await newSession({ scopes: ['verify', 'read'] })
  const { csrf } = await visit('/console/verifications', { cookie })
  const bare = (text: string) => text.replace(/[0-9a-f]{32}|[0-9a-f-]{36}/g, '')
  for (const path of ['', '/news', '/events.csv']) {
    const foreign = await visit(`/console/verifications/${id}${path}`, { cookie })
    const unknown = await visit(`/console/verifications/ver_${'0'.repeat(32)}${path}`, { cookie })
    expect(foreign.status).toBe(404)
    expect(bare(foreign.text)).toBe(bare(unknown.text))
  }
  const form = { csrf, action: 'cancel' }
  expect((await visit(`/console/verifications/${id}`, { cookie, form })).status).toBe(404)
})

test('after logging out every copy of the cookie is useless', async () => {
  const cookie = await newSession()
  const { csrf } = await visit('/console', { cookie })
  const out = await visit('/console/logout', { cookie, form: { csrf } })
  expect(out.headers.getSetCookie().join()).toContain('Max-Age=0')
  await waitFor(async () => (await visit('/console', { cookie })).status === 303)
})

test('the printed link logs in once, from this machine only, as the printed test key', async () => {
  const link = newLoginLink(own.app.secrets)
  expect((await visit(link, { address: '192.0.2.1' })).status).toBe(401)
  expect((await visit(link, { headers: { 'x-forwarded-for': '127.0.0.1' } })).status).toBe(401)
  const first = await visit(link)
  expect(first.status).toBe(200)
  expect(first.headers.get('refresh')).toBe('0; url=/console/try')
  const page = await visit('/console/try', { cookie: pairs(first.cookies) })
  expect(page.text).toContain('printed by npm start')
  expect((await visit(link)).status).toBe(401)
  expect((await visit('/console/enter?token=nonsense')).status).toBe(401)
  expect(derivedTestKey(own.app.config.SECRET_KEY as Buffer)).toMatch(/^rp_test_/)
})
