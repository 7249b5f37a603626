import { afterAll, beforeAll, expect, test } from 'vitest'
import { runToTheEnd } from '../billing/support.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor } from './visitor.ts'

let own: TestHttp
beforeAll(async () => {
  own = await startTestHttp()
})
afterAll(() => own.stop())

test('the network that an operator named is in the API’s attempts and on the page of the verification', async () => {
  const { visit, newSession } = createVisitor(own)
  const cookie = await newSession()
  const { secret: key } = await own.newKey()
  const body = { phone: '+79243555107', channel: 'telegram' }
  const { id } = (await own.request('POST', '/v1/verifications', { key, body })).body
  await runToTheEnd(own, id)
  const [attempt] = (await own.request('GET', `/v1/verifications/${id}`, { key })).body.attempts_detail
  expect(attempt.carrier).toEqual({ name: 'Tele2', mcc: null, mnc: null, source: 'telefon-ip' })
  for (const [language, words] of [
    ['en', 'Network: Tele2'],
    ['ru', 'Сеть: Tele2'],
  ] as const) {
    const headers = { 'accept-language': language }
    expect((await visit(`/console/verifications/${id}`, { cookie, headers })).text).toContain(words)
  }
})
