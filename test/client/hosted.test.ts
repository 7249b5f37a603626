import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { newPhone } from '../verifications/support.ts'

const SITE = 'https://shop.example.com'

let test: TestHttp
let token: string
beforeAll(async () => {
  test = await startTestHttp()
  await test.app.db.sql`update tenants set allowed_origins = ${[SITE]} where name = 'first'`
  const { secret: key } = await test.newKey()
  const body = { phone: newPhone(), client_token: true }
  token = (await test.request('POST', '/v1/verifications', { key, body })).body.client_token
})
afterAll(() => test.stop())

const get = (path: string, headers = {}) => test.request('GET', path, { key: null, headers })

it('the hosted page runs only scripts and styles of the service, and is kept nowhere', async () => {
  const { status, headers, text } = await get(
    `/verify/${token}?return=${encodeURIComponent(`${SITE}/a`)}&state=%22x`,
  )
  expect([status, headers.get('cache-control'), headers.get('referrer-policy')]).toEqual([
    200,
    'no-store',
    'no-referrer',
  ])
  expect(headers.get('content-security-policy')?.split('; ')).toEqual([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ])
  expect(text).not.toMatch(/<style|style=|<script>|src="http/)
  expect(text).toContain('Back to shop.example.com')
  for (const [, path = ''] of text.matchAll(/(?:src|href)="(\/verify\/assets\/[^"]+)"/g)) {
    expect([path, (await get(path)).status]).toEqual([path, 200])
  }
})

it('leads to sites that the tenant allows only', async () => {
  const strange = [
    'https://evil.example/',
    'https://shop.example.com@evil.example/',
    'https://shop.example.com.evil.example/',
    'http://shop.example.com/',
    '//shop.example.com/',
    'javascript:alert(1)',
    '',
  ]
  for (const address of strange) {
    for (const path of [`/verify/${token}`, `/verify/${token}/return`]) {
      const answer = await get(`${path}?return=${encodeURIComponent(address)}`)
      expect([address, answer.status, answer.headers.get('location')]).toEqual([address, 403, null])
      expect(answer.text).not.toContain('evil')
    }
  }
  const right = await get(`/verify/${token}/return?return=${encodeURIComponent(`${SITE}/a?b=c`)}`)
  expect(right.status).toBe(303)
  expect(right.headers.get('location')).toMatch(
    /^https:\/\/shop\.example\.com\/a\?b=c&verification=ver_\w+&status=pending&result=ey/,
  )
})

it('a wrong token gets a page that says so, in the language of the browser', async () => {
  const answer = await get(`/verify/${token.slice(0, -2)}AA`, { 'accept-language': 'ru-RU,ru;q=0.9' })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'text/html; charset=utf-8'])
  expect(answer.text).toContain('Эта ссылка больше не действует')
})

it('its own requests count as those of an allowed page; those of another page do not', async () => {
  const ask = (origin: string) =>
    test.request('GET', 'http://verify.example/v1/client/verification', {
      key: token,
      headers: { origin, host: 'verify.example' },
    })
  expect((await ask('http://verify.example')).status).toBe(200)
  expect((await ask('http://verify.example:81')).status).toBe(403)
})
