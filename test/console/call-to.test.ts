import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { placeCalls } from '../verifications/support.ts'
import { createVisitor } from './visitor.ts'

let own: TestHttp
beforeAll(async () => {
  own = await startTestHttp()
})
afterAll(() => own.stop())

test('the page of a verification shows the number to call, its link and its QR code, while it waits', async () => {
  const { secret: key } = await own.newKey()
  const body = { phone: '+79243555100', channel: 'inbound_call' }
  const { body: started } = await own.request('POST', '/v1/verifications', { key, body })
  const { visit, newSession } = createVisitor(own)
  const cookie = await newSession()
  const page = async () => (await visit(`/console/verifications/${started.id}`, { cookie })).text
  expect(await page()).not.toContain('href="tel:')
  await placeCalls(own, started.id)
  const { body: shown } = await own.request('GET', `/v1/verifications/${started.id}`, { key })
  const { text: image } = await own.request('GET', `/v1/verifications/${started.id}/call-to.svg`, { key })
  const text = await page()
  expect(text).toContain(`<a href="${shown.call_to.uri}">${shown.call_to.display}</a>`)
  expect(text).toContain(image)
  await own.request('POST', `/v1/verifications/${started.id}/cancel`, { key })
  expect(await page()).not.toContain('href="tel:')
})
