import { afterAll, beforeAll, expect, test } from 'vitest'
import { failureInWords } from '../../src/verifications/failure.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { placeCalls } from '../verifications/support.ts'
import { logIn } from './log-in.ts'

let own: TestHttp
beforeAll(async () => {
  own = await startTestHttp()
})
afterAll(() => own.stop())

test('an unusable account is named with the reason to clients, people and monitoring', async () => {
  const created = await own.request('POST', '/v1/provider-accounts', {
    body: {
      provider: 'telefon-ip',
      name: 'Moscow main',
      base_url: 'http://127.0.0.1:9',
      credentials: { token: 'a-token-of-ours' },
    },
  })
  await own.request('POST', '/v1/routes', {
    body: { prefix: '+7901', channel: 'flash_call', accounts: [created.body.id] },
  })
  await own.app.db.sql`
    insert into account_states (account_id, balance_micros, balance_limit_micros, balance_at)
    select id, -1, 0, now() from provider_accounts where name = 'Moscow main'
    on conflict (account_id) do update set balance_micros = -1, balance_limit_micros = 0, balance_at = now()`
  const { body } = await own.request('POST', '/v1/verifications', { body: { phone: '+79012345678' } })
  await placeCalls(own, body.id)
  const { body: ended } = await own.request('GET', `/v1/verifications/${body.id}`)
  expect(ended).toMatchObject({ status: 'failed', failure: { code: 'no_operator_available' } })
  const audit = await own.request('GET', `/v1/verifications/${body.id}/audit`)
  const held = [{ account: created.body.id, name: 'Moscow main', why: 'cannot_pay' }]
  expect(audit.body.data).toContainEqual(
    expect.objectContaining({ type: 'attempt.failed', data: expect.objectContaining({ held_back: held }) }),
  )

  const cookie = await logIn(own)
  for (const [language, ...said] of [
    ['en', 'balance too low for a call', failureInWords('en', 'no_operator_available')],
    ['ru', 'не хватает баланса на звонок', failureInWords('ru', 'no_operator_available')],
  ]) {
    const headers = { cookie: `${cookie}; lang=${language}`, 'accept-language': language as string }
    const page = await (await own.http.request(`/console/verifications/${body.id}`, { headers })).text()
    for (const words of ['Moscow main', ...said]) expect(page).toContain(words)
    for (const words of ['not needed any more', 'не понадобился']) expect(page).not.toContain(words)
  }

  const { text } = await own.request('GET', '/metrics')
  expect(text).toMatch(/ringproof_operator_held_back{[^}]*name="Moscow main"[^}]*why="cannot_pay"} 1/)
  expect(text).toMatch(/ringproof_operator_held_back{[^}]*name="Moscow main"[^}]*why="resting"} 0/)
})
