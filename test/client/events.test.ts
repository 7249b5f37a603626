import { afterAll, beforeAll, expect, it } from 'vitest'
import { cancel } from '../../src/verifications/cancel.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { newPhone, placeCalls } from '../verifications/support.ts'

let test: TestHttp
let client: ReturnType<TestHttp['clientContext']>
beforeAll(async () => {
  test = await startTestHttp()
  const [first] = await test.app.db.sql<{ id: string }[]>`select id from tenants where name = 'first'`
  client = test.clientContext(first?.id ?? '')
})
afterAll(() => test.stop())

async function begin(): Promise<{ id: string; token: string }> {
  const { secret: key } = await test.newKey()
  const { body } = await test.request('POST', '/v1/verifications', {
    key,
    body: { phone: newPhone(), client_token: true },
  })
  return { id: body.id, token: body.client_token }
}

type Event = { id: string; status: string }

/** Opens a stream. `next` resolves to the next event; null at the end. */
async function follow(token: string, lastEventId?: string) {
  const headers = { authorization: `Bearer ${token}`, ...(lastEventId && { 'last-event-id': lastEventId }) }
  const response = await test.http.request('/v1/client/events', { headers })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    response,
    close: () => reader?.cancel(),
    async next(): Promise<Event | null> {
      for (;;) {
        const [, id = '', data = ''] = /id: (\d+)\nevent: verification\ndata: (.*)\n\n/.exec(text) ?? []
        if (id) {
          text = text.slice(text.indexOf(data) + data.length + 2)
          return { id, status: JSON.parse(data).status }
        }
        const chunk = await reader?.read()
        if (!chunk || chunk.done) return null
        text += chunk.value
      }
    },
  }
}

it('tells the state at once, every change, and ends with the final one', async () => {
  const { id, token } = await begin()
  const stream = await follow(token)
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect((await stream.next())?.status).toBe('pending')
  await placeCalls(test, id)
  const rung = await stream.next()
  expect(['calling', 'delivered']).toContain(rung?.status)
  await cancel(client, { id })
  expect((await stream.next())?.status).toBe('cancelled')
  expect(await stream.next()).toBe(null)
})

it('resumes after the last event that the client has', async () => {
  const { id, token } = await begin()
  const first = await follow(token)
  const event = await first.next()
  await first.close()
  const second = await follow(token, event?.id)
  const next = second.next()
  await cancel(client, { id })
  expect((await next)?.status).toBe('cancelled')
  const third = await follow(token, 'anything')
  expect((await third.next())?.status).toBe('cancelled')
})

it('has at most five streams for a verification, and gives their places back', async () => {
  const { token } = await begin()
  const streams = await Promise.all(Array.from({ length: 5 }, () => follow(token)))
  await Promise.all(streams.map(({ next }) => next()))
  const sixth = await follow(token)
  expect(sixth.response.status).toBe(429)
  await streams[0]?.close()
  const another = await follow(token)
  expect((await another.next())?.status).toBe('pending')
  await Promise.all([...streams.slice(1), another].map(({ close }) => close()))
})

it('ends when the process drains', async () => {
  const other = await startTestHttp()
  const { body } = await other.request('POST', '/v1/verifications', {
    key: (await other.newKey()).secret,
    body: { phone: newPhone(), client_token: true },
  })
  const response = await other.http.request('/v1/client/events', {
    headers: { authorization: `Bearer ${body.client_token}` },
  })
  const reader = response.body?.getReader()
  await reader?.read()
  await reader?.read()
  other.http.drain()
  expect((await reader?.read())?.done).toBe(true)
  await other.stop()
})

it('takes no API key', async () => {
  expect((await test.request('GET', '/v1/client/events', { key: ADMIN_KEY })).status).toBe(401)
})
