import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'
import { placeCalls } from '../verifications/support.ts'
import { logIn } from './log-in.ts'

let own: TestHttp
beforeAll(async () => {
  own = await startTestHttp()
})
afterAll(() => own.stop())

test('a stopped account is shown to clients, people and monitoring, with its reason and the way out', async () => {
  const made = await own.request('POST', '/v1/provider-accounts', {
    body: {
      provider: 'telefon-ip',
      name: 'Moscow main',
      base_url: sandboxBaseUrl(own.sandbox.url, 'telefon-ip'),
      credentials: { token: 'a-token-that-nobody-knows' },
    },
  })
  const path = `/v1/provider-accounts/${made.body.id}`
  const stopped = async () => (await own.request('GET', `${path}/health`)).body.stopped
  const metric = async () => {
    const { text } = await own.request('GET', '/metrics')
    return /ringproof_account_stopped{[^}]*name="Moscow main"[^}]*} (\d)/.exec(text)?.[1]
  }
  expect(await stopped()).toEqual({
    reason: 'unauthorized',
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    account: made.body.id,
    detail: expect.any(String),
    operator_said: expect.any(String),
  })
  expect(await metric()).toBe('1')

  await own.request('POST', '/v1/routes', {
    body: { prefix: '+7901', channel: 'flash_call', accounts: [made.body.id] },
  })
  const { body } = await own.request('POST', '/v1/verifications', { body: { phone: '+79012345678' } })
  await placeCalls(own, body.id)
  const cookie = await logIn(own)
  const pages = [
    ['en', '/console/operators', 'Stopped', 'Nothing sent since', 'then check the account.'],
    [
      'ru',
      '/console/operators',
      'Остановлена',
      'Запросы не отправляются с',
      'затем проверьте учётную запись.',
    ],
    [
      'en',
      '/console',
      'Stopped: Moscow main.',
      'then check the account.',
      'The operator said: “Unauthorized',
    ],
    ['ru', '/console', 'Остановлено: Moscow main.', 'затем проверьте', 'Ответ оператора: «Unauthorized'],
    ['en', `/console/verifications/${body.id}`, 'stopped until somebody checks it'],
    ['ru', `/console/verifications/${body.id}`, 'остановлена, пока её не проверят'],
  ] as const
  for (const [language, page, ...said] of pages) {
    const headers = { cookie: `${cookie}; lang=${language}`, 'accept-language': language }
    const text = await (await own.http.request(page, { headers })).text()
    for (const words of said) expect(text).toContain(words)
    if (!page.includes('verifications')) expect(text).toContain(`name="account" value="${made.body.id}"`)
  }

  const checked = await own.request('POST', `${path}/check`)
  expect([checked.status, checked.body.reason]).toEqual([409, 'unauthorized'])
  const credentials = sandboxCredentials(randomBytes(32), 'telefon-ip')
  await own.request('PATCH', path, { body: { credentials } })
  expect([await stopped(), await metric()]).toEqual([null, '0'])
  expect((await own.request('POST', `${path}/check`)).body).toMatchObject({ ok: true })
})
