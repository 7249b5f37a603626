import { afterAll, beforeAll, expect, it } from 'vitest'
import { sweepDeliveries } from '../../src/events/sweep.ts'
import { parseId } from '../../src/values/ids.ts'
import { answer, type Receiver, startReceiver } from '../events/receiver.ts'
import { deliver } from '../events/support.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { createVisitor, type Visitor } from './visitor.ts'

let own: TestHttp
let visitor: Visitor
let receiver: Receiver
let cookie: string

beforeAll(async () => {
  own = await startTestHttp()
  visitor = createVisitor(own)
  receiver = await startReceiver()
  cookie = await visitor.newSession({ scopes: ['read', 'admin'], livemode: true })
})
afterAll(async () => {
  await own?.stop()
  await receiver?.stop()
})

const PATH = '/console/webhooks'

async function submit(path: string, form: Record<string, string>) {
  const { csrf } = await visitor.visit(path, { cookie })
  return visitor.visit(path, { cookie, form: { csrf, ...form } })
}

async function added(): Promise<{ id: string; text: string }> {
  const { text } = await submit(PATH, { url: receiver.url, description: 'billing' })
  return { id: /webhooks\/(whe_[0-9a-f]{32})/.exec(text)?.[1] ?? '', text }
}

it('an endpoint is added, its secret shown once, tested, and its deliveries listed with a way to resend', async () => {
  const { id, text } = await added()
  expect(text).toMatch(/whsec_[A-Za-z0-9+/]{43}=/)
  const path = `${PATH}/${id}`
  expect((await visitor.visit(PATH, { cookie })).text).not.toContain('whsec_')
  receiver.react(answer(202, {}, 'thanks & bye'))
  expect((await submit(path, { action: 'test' })).status).toBe(303)
  await deliver(own, { id })
  const shown = await visitor.visit(path, { cookie })
  for (const part of ['webhook.test', 'HTTP 202', 'thanks &amp; bye', 'delivered'])
    expect(shown.text).toContain(part)
  const [delivery = ''] = /whd_[0-9a-f]{32}/.exec(shown.text) ?? []
  expect((await submit(path, { action: 'resend', delivery })).status).toBe(303)
  await deliver(own, { id })
  expect(receiver.received.map((one) => one.id)).toEqual(Array(2).fill(receiver.received[0]?.id))
})

it('the secret is rotated, the endpoint disabled, enabled, changed and deleted', async () => {
  const { id } = await added()
  const path = `${PATH}/${id}`
  expect((await submit(path, { action: 'rotate', overlap_seconds: '3600' })).text).toContain('whsec_')
  await submit(path, { action: 'disable' })
  expect((await visitor.visit(path, { cookie })).text).toContain('Disabled')
  expect((await submit(path, { action: 'test' })).status).toBe(409)
  await submit(path, { action: 'enable' })
  await submit(path, { action: 'save', url: receiver.url, event_types: 'verification.approved' })
  expect((await visitor.visit(path, { cookie })).text).toContain('value="verification.approved" checked')
  expect((await submit(path, { action: 'save', url: 'ftp://example.com' })).text).toContain(
    'must start with https://',
  )
  expect((await submit(path, { action: 'delete' })).status).toBe(422)
  expect((await submit(path, { action: 'delete', sure: '1' })).headers.get('location')).toBe(
    `${PATH}?deleted=1`,
  )
  expect((await visitor.visit(path, { cookie })).status).toBe(404)
})

it('everybody of the tenant is told that an endpoint was disabled, in both languages', async () => {
  const { id } = await added()
  receiver.react(answer(410))
  await submit(`${PATH}/${id}`, { action: 'test' })
  await sweepDeliveries(own.worker)
  await deliver(own, { id })
  const reader = await visitor.newSession({ scopes: ['read'], livemode: true })
  for (const [session, link] of [
    [cookie, true],
    [reader, false],
  ] as const) {
    const { text } = await visitor.visit('/console', { cookie: session })
    expect(text).toContain('answered that it is gone (410)')
    expect(text.includes(`href="${PATH}/${id}"`)).toBe(link)
  }
  const russian = await visitor.visit(`${PATH}/${id}`, { cookie: `${cookie}; language=ru` })
  expect(russian.status).toBe(200)
  const test = await visitor.newSession({ scopes: ['read', 'admin'] })
  expect((await visitor.visit('/console', { cookie: test })).text).not.toContain('(410)')
  expect((await visitor.visit(`${PATH}/${id}`, { cookie: test })).status).toBe(404)
  expect(parseId('endpoint', id)).not.toBeNull()
})
