import { afterAll, beforeAll, expect, it } from 'vitest'
import { cancel } from '../../src/verifications/cancel.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { type Listening, listen } from '../http/listen.ts'
import { newPhone, placeCalls } from '../verifications/support.ts'
import { follow } from './follow.ts'

let test: TestHttp
let server: Listening
let client: ReturnType<TestHttp['clientContext']>
beforeAll(async () => {
  test = await startTestHttp({}, { quietMs: 600 })
  server = await listen(test)
  const [first] = await test.app.db.sql<{ id: string }[]>`select id from tenants where name = 'first'`
  client = test.clientContext(first?.id ?? '')
})
afterAll(async () => {
  await server.close()
  await test.stop()
})

const url = () => `http://127.0.0.1:${server.port}`

async function begin(): Promise<{ id: string; token: string }> {
  const { secret: key } = await test.newKey()
  const { body } = await test.request('POST', '/v1/verifications', {
    key,
    body: { phone: newPhone(), client_token: true },
  })
  return { id: body.id, token: body.client_token }
}

it('tells the state at once, every change, and ends with the final one', async () => {
  const { id, token } = await begin()
  const [stream, twin] = await Promise.all([follow(url(), token), follow(url(), token)])
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect((await stream.next())?.status).toBe('pending')
  await placeCalls(test, id)
  expect(['calling', 'delivered']).toContain((await stream.next())?.status)
  await cancel(client, { id })
  for (const each of [stream, twin]) {
    const statuses = (await each.rest()).map(({ status }) => status)
    expect([statuses.at(-1), statuses.filter((status) => status === 'cancelled').length]).toEqual([
      'cancelled',
      1,
    ])
  }
})

it('shows nothing of the back end: reference, metadata, attempts, cost or code', async () => {
  const { body } = await test.request('POST', '/v1/verifications', {
    key: (await test.newKey()).secret,
    body: { phone: newPhone(), client_token: true, reference: 'hidden-1', metadata: { plan: 'hidden-2' } },
  })
  await placeCalls(test, body.id)
  await cancel(client, { id: body.id })
  const stream = await follow(url(), body.client_token)
  await stream.rest()
  expect(stream.text()).toContain('"status":"cancelled"')
  expect(stream.text()).not.toMatch(/hidden|reference|metadata|cost|attempts_detail|"code"|provider/)
})

it('resumes after the last event that the client has', async () => {
  const { id, token } = await begin()
  const first = await follow(url(), token)
  const event = await first.next()
  await first.close()
  const second = await follow(url(), token, event?.id)
  await cancel(client, { id })
  expect((await second.rest()).map(({ status }) => status)).toEqual(['cancelled'])
  const third = await follow(url(), token, 'anything')
  expect((await third.next())?.status).toBe('cancelled')
})

it('gets a comment while nothing happens', async () => {
  const { token } = await begin()
  const stream = await follow(url(), token)
  await stream.until(/(: still here\s+){2}/)
  await stream.close()
})

it('has at most five streams for a verification, and gives their places back', async () => {
  const { token } = await begin()
  const streams = await Promise.all(Array.from({ length: 5 }, () => follow(url(), token)))
  await Promise.all(streams.map(({ next }) => next()))
  const sixth = await follow(url(), token)
  expect([sixth.response.status, sixth.response.headers.has('retry-after')]).toEqual([429, true])
  await streams[0]?.close()
  await expect
    .poll(async () => {
      const another = await follow(url(), token)
      const { status } = another.response
      if (status === 200) streams.push(another)
      return status
    })
    .toBe(200)
  await Promise.all(streams.map(({ close }) => close()))
})

it('ends when the process drains', async () => {
  const other = await startTestHttp()
  const listening = await listen(other)
  const { body } = await other.request('POST', '/v1/verifications', {
    key: (await other.newKey()).secret,
    body: { phone: newPhone(), client_token: true },
  })
  const stream = await follow(`http://127.0.0.1:${listening.port}`, body.client_token)
  expect((await stream.next())?.status).toBe('pending')
  other.http.drain()
  expect(await stream.next()).toBe(null)
  await listening.close()
  await other.stop()
})

it('takes no API key', async () => {
  expect((await test.request('GET', '/v1/client/events', { key: ADMIN_KEY })).status).toBe(401)
})
