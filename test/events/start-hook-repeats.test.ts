import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { updatePolicy } from '../../src/limits/manage.ts'
import { createWeb } from '../../src/web.ts'
import { doorInput, doorsOf, enterDoor, enterTelefonIp, national, SMS } from '../compat/support.ts'
import { clientOf, startTestHttp, type TestHttp } from '../http/client.ts'
import { waitFor } from '../setup/wait.ts'
import { letPauseEnd, newPhone, placeCalls, refusal, secondApp } from '../verifications/support.ts'
import { decisionOf, hookAt, NO_LIMITS, says } from './hook-support.ts'
import { type Receiver, startReceiver } from './receiver.ts'

let test: TestHttp
let hook: Receiver
let second: ReturnType<typeof secondApp>
beforeAll(async () => {
  hook = await startReceiver(says({ action: 'allow' }))
  test = await startTestHttp()
  second = secondApp(test)
  const start_hook = { url: hook.url, timeout_ms: 3000, on_failure: 'deny' }
  const { body } = await test.request('PATCH', '/v1/policies', { body: { ...NO_LIMITS, start_hook } })
  expect(body.start_hook).toEqual({ ...start_hook, secret: expect.stringMatching(/^whsec_/) })
})
afterAll(async () => {
  await second.app.close()
  await test.stop()
  await hook.stop()
})

const post = (phone: string, key: string, request = test.request) =>
  request('POST', '/v1/verifications', {
    key: testKey,
    body: { phone },
    headers: { 'idempotency-key': key },
  })
let testKey: string
beforeAll(async () => {
  testKey = (await test.newKey()).secret
})

it.each([
  ['allow', 201],
  ['deny', 403],
] as const)(
  'a repeat of a start that the hook decided (%s) is not asked again, in any process',
  async (action, status) => {
    hook.react(says({ action }))
    const asked = hook.received.length
    const [phone, key] = [newPhone(), `repeat ${action}`]
    const first = await post(phone, key)
    const again = await post(phone, key)
    const elsewhere = await post(phone, key, clientOf(createWeb(second.app)))
    expect([first.status, again.text, elsewhere.text]).toEqual([status, first.text, first.text])
    expect(hook.received).toHaveLength(asked + 1)
  },
)

it('of two equal requests at once, only the one that goes on is asked', async () => {
  const held: ServerResponse[] = []
  hook.react((_, response) => held.push(response))
  const asked = hook.received.length
  const phone = newPhone()
  const first = post(phone, 'two at once')
  await waitFor(() => held.length === 1)
  const other = await post(phone, 'two at once', clientOf(createWeb(second.app)))
  expect([other.status, other.body.code]).toEqual([409, 'idempotency_in_progress'])
  for (const response of held) response.end(JSON.stringify({ action: 'allow' }))
  expect((await first).status).toBe(201)
  expect(hook.received).toHaveLength(asked + 1)
})

it('a next step, a retry and a simulated policy are not asked', async () => {
  hook.react(says({ action: 'allow' }))
  const workflow = [{ channel: 'flash_call' }, { channel: 'sms' }]
  const started = await test.request('POST', '/v1/verifications', {
    key: testKey,
    body: { phone: newPhone(), workflow },
  })
  const asked = hook.received.length
  const path = `/v1/verifications/${started.body.id}`
  await placeCalls(test, started.body.id)
  const next = await test.request('POST', `${path}/next`, { key: testKey })
  expect(next.status, next.text).toBe(202)
  await placeCalls(test, started.body.id)
  await letPauseEnd(test, started.body.id)
  const retried = await test.request('POST', `${path}/retry`, { key: testKey })
  expect(retried.status, retried.text).toBe(202)
  await test.request('POST', '/v1/policies/simulate', { body: {} })
  expect(hook.received).toHaveLength(asked)
})

it('a start at a door is asked once however often it is sent, and denied in the operator’s words', async () => {
  const client = test.clientContext((await test.newTenant()).actor.tenantId)
  const asked = hook.received.length
  await hookAt(client, hook.url)
  hook.react(says({ action: 'allow', channel: 'voice' }))
  const { context } = await enterDoor(client)
  const doors = doorsOf(test.app)
  const input = doorInput({ steps: [SMS] })
  const { verification } = await doors.start(context, input)
  expect((await doors.start(context, input)).verification.id).toBe(verification.id)
  expect(hook.received).toHaveLength(asked + 1)
  expect([verification.channel, await decisionOf(test, verification.id)]).toEqual([
    'sms',
    { action: 'allow', milliseconds: expect.any(Number) },
  ])
  hook.react(says({ action: 'deny' }))
  expect((await refusal(doors.start(context, doorInput()))).code).toBe('denied_by_hook')
  const door = await enterTelefonIp(client)
  const denied = await door.ask(`get_code/${national(newPhone())}`)
  expect(denied).toMatchObject({ status: 400, body: { success: false } })
})

it('only the answers that create or rotate the secret show it', async () => {
  const shown = await test.request('GET', '/v1/policies')
  expect(Object.keys(shown.body.start_hook)).toEqual(['url', 'timeout_ms', 'on_failure'])
  const path = '/v1/policies/start-hook/rotate-secret'
  const rotated = await test.request('POST', path, { body: { overlap_seconds: 0 } })
  expect([rotated.status, rotated.body.former_secret_until]).toEqual([200, null])
  await test.request('PATCH', '/v1/policies', { body: { start_hook: null } })
  expect((await test.request('POST', path)).status).toBe(404)
  await updatePolicy(test.clientContext((await test.newTenant()).actor.tenantId), { start_hook: null })
  const events = await test.app.db.sql<{ data: string }[]>`
    select data from audit_log where type in ('policy.changed', 'policy.hook_rotated')`
  const texts = events.map(({ data }) => data).join()
  expect(texts).toContain(new URL(hook.url).origin)
  expect(texts).not.toContain('whsec_')
  expect(texts).not.toContain('/hook')
})
