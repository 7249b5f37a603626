import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { readReply } from '../../src/events/start-hook.ts'
import { getPolicy, updatePolicy } from '../../src/limits/manage.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin, eventsOf, newPhone, refusal, stored } from '../verifications/support.ts'
import { decisionOf, hookAt, says } from './hook-support.ts'
import type { Received } from './receiver.ts'
import { receiver } from './support.ts'

const { test, client } = await openTenant()
const hook = await receiver(says({ action: 'allow' }))
const secret = (await hookAt(client, hook.url)) as string

const lastAsked = () => hook.received.at(-1) as Received
const deniedId = (error: { options: { extra?: Record<string, unknown> } }) =>
  String(error.options.extra?.verification)

describe('the question', () => {
  it('is signed, says what the start says, and has the id of the verification', async () => {
    const phone = newPhone()
    const started = await begin(client, {
      phone,
      channel: 'sms',
      client_ip: '203.0.113.7',
      device: 'device 1',
      reference: 'order 5',
      metadata: { plan: 'basic' },
    })
    const { text, headers, body } = lastAsked()
    new Webhook(secret).verify(text, headers)
    expect(headers['webhook-id']).toBe(started.id)
    expect(body).toEqual({
      type: 'start.requested',
      timestamp: expect.any(String),
      data: {
        phone,
        channel: 'sms',
        client_ip: '203.0.113.7',
        device: 'device 1',
        reference: 'order 5',
        metadata: { plan: 'basic' },
        livemode: false,
      },
    })
    await begin(client, { phone: newPhone() })
    const absent = { client_ip: null, device: null, reference: null, metadata: null }
    expect(lastAsked().body.data).toMatchObject(absent)
  })

  it('is not asked for a start that is refused anyway', async () => {
    const before = hook.received.length
    expect((await refusal(begin(client, { phone: '+7' }))).code).toBe('invalid_request')
    expect(hook.received).toHaveLength(before)
  })
})

describe('the answer', () => {
  it('allow: the start goes on, and the audit has the decision', async () => {
    hook.react(says({ action: 'allow', reason: ' known customer\n', unknown: { to: 'us' } }))
    const started = await begin(client)
    expect((await eventsOf(test, started.id)).slice(0, 2)).toEqual(['hook.answered', 'verification.created'])
    expect(await decisionOf(test, started.id)).toEqual({
      action: 'allow',
      reason: 'known customer',
      milliseconds: expect.any(Number),
    })
  })

  it('deny: 403 with the reason, a denied verification, no call, and no count in any limit', async () => {
    await updatePolicy(client, { starts_per_phone_10m: 1 })
    const phone = newPhone()
    hook.react(says({ action: 'deny', channel: 'sms', reason: 'too many accounts' }))
    const error = await refusal(begin(client, { phone }))
    expect([error.status, error.code, error.message]).toEqual([
      403,
      'denied_by_hook',
      'The start hook denied this start: too many accounts',
    ])
    const denied = await stored(test, deniedId(error))
    expect([denied.status, denied.channel, denied.calls.length]).toEqual(['denied', 'flash_call', 0])
    expect(await eventsOf(test, deniedId(error))).toEqual(['hook.answered', 'verification.denied'])
    hook.react(says({ action: 'allow' }))
    expect((await begin(client, { phone })).status).toBe('pending')
    await updatePolicy(client, { starts_per_phone_10m: null })
  })

  it('deny: the running verification of the phone goes on', async () => {
    const phone = newPhone()
    hook.react(says({ action: 'allow' }))
    const running = await begin(client, { phone })
    hook.react(says({ action: 'deny' }))
    await refusal(begin(client, { phone }))
    expect((await stored(test, running.id)).status).toBe('pending')
  })

  it('channel: replaces the channel and a workflow; the first channel again changes nothing', async () => {
    const workflow = [
      { channel: 'flash_call' as const, wait_seconds: 30 },
      { channel: 'voice' as const, wait_seconds: 30 },
    ]
    hook.react(says({ action: 'allow', channel: 'sms' }))
    const moved = await begin(client, { workflow, ttl_seconds: 900 })
    expect([moved.channel, moved.workflow, (await stored(test, moved.id)).calls[0]?.channel]).toEqual([
      'sms',
      null,
      'sms',
    ])
    expect(Date.parse(moved.expires_at) - Date.parse(moved.created_at)).toBe(600_000)
    expect(await decisionOf(test, moved.id)).toMatchObject({ action: 'allow', channel: 'sms' })
    hook.react(says({ action: 'allow', channel: 'flash_call' }))
    expect((await begin(client, { workflow })).workflow).toHaveLength(2)
  })

  it('channel: one that the policy does not allow is refused by the policy', async () => {
    await updatePolicy(client, { allow_channels: ['flash_call'] })
    hook.react(says({ action: 'allow', channel: 'sms' }))
    const error = await refusal(begin(client))
    expect([error.code, error.options.extra?.rule]).toEqual(['destination_denied', 'allow_channels'])
    await updatePolicy(client, { allow_channels: null })
  })

  it('is read without ever throwing: allow, deny or a failure, whatever the bytes', () => {
    const isKnown = (body: string) => {
      const reply = readReply(body)
      if ('failure' in reply) return reply.failure === 'UNREADABLE'
      return ['allow', 'deny'].includes(reply.action) && (reply.reason ?? '').length <= 255
    }
    const some = (value: unknown) => fc.oneof(fc.constant(value), fc.jsonValue())
    const like = fc.record(
      { action: some('allow'), channel: some('sms'), reason: some('why') },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json(),
          like.map((value) => JSON.stringify(value)),
        ),
        isKnown,
      ),
    )
    fc.assert(fc.property(fc.uint8Array(), (bytes) => isKnown(Buffer.from(bytes).toString())))
  })
})

it('the policy never shows the secret again, keeps it when the URL changes, and drops it with the hook', async () => {
  const tenant = await test.newTenant()
  const own = await receiver(says({ action: 'allow' }))
  const first = await hookAt(tenant, own.url)
  expect(first).toMatch(/^whsec_/)
  expect(await hookAt(tenant, `${own.url}/moved`)).toBeUndefined()
  expect(JSON.stringify(await getPolicy(tenant))).not.toContain('whsec_')
  await begin(tenant)
  const { text, headers, path } = own.received.at(-1) as Received
  expect(path).toBe('/hook/moved')
  new Webhook(first as string).verify(text, headers)
  await updatePolicy(tenant, { start_hook: null })
  await begin(tenant)
  expect(own.received).toHaveLength(1)
  expect(await hookAt(tenant, own.url)).not.toBe(first)
})

it('a hook must be at an address that the server may connect to', async () => {
  for (const url of [
    'ftp://example.com',
    'http://user:word@example.com',
    'http://example.com/#x',
    'no url',
  ]) {
    const error = await refusal(hookAt(client, url))
    expect(error.options.errors?.[0]?.path, url).toBe('start_hook.url')
  }
})
