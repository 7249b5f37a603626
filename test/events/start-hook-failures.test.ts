import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { createApp, type ServiceConfig } from '../../src/app.ts'
import type { ClientContext } from '../../src/context.ts'
import { resealHooks, rotateHookSecret } from '../../src/limits/manage-hook.ts'
import { openTenant } from '../setup/tenant.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, outcome, refusal, tally } from '../verifications/support.ts'
import { decisionOf, hookAt, says } from './hook-support.ts'
import { answer, type Received } from './receiver.ts'
import { receiver } from './support.ts'

const { test, client } = await openTenant()
const hook = await receiver()
const secret = (await hookAt(client, hook.url)) as string

const ALLOW = JSON.stringify({ action: 'allow' })
const signedBy = (key: string, change: Record<string, string> = {}) => {
  return ({ id }: Received, response: ServerResponse) => {
    const at = new Date()
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(key).sign(id, at, ALLOW),
      ...change,
    }
    response.writeHead(200, headers).end(ALLOW)
  }
}
const never = () => {}
const halfAnAnswer = (_: Received, response: ServerResponse) => {
  response.writeHead(200, { 'content-length': '100' }).write('{"action":')
}
const brokenOff = (_: Received, response: ServerResponse) => response.destroy()

const FAILURES = {
  'no answer in time': [never, 'TIMEOUT'],
  'half an answer in time': [halfAnAnswer, 'TIMEOUT'],
  'a connection that breaks': [brokenOff, /^(UND_ERR_SOCKET|ECONNRESET)$/],
  'an error of the server': [answer(503, {}, ALLOW), 'HTTP_503'],
  'a redirect': [answer(307, { location: '/elsewhere' }, ALLOW), 'HTTP_307'],
  'no JSON': [answer(200, {}, 'allow'), 'UNREADABLE'],
  'no body': [answer(204), 'UNREADABLE'],
  'an unknown action': [says({ action: 'maybe' }), 'UNREADABLE'],
  'an unknown channel': [says({ action: 'allow', channel: 'pigeon' }), 'UNREADABLE'],
  'a reason that is too long': [says({ action: 'allow', reason: 'x'.repeat(256) }), 'UNREADABLE'],
  'an answer that is too large': [says({ action: 'allow', more: 'x'.repeat(4096) }), 'TOO_LARGE'],
  'a wrong signature': [signedBy(`whsec_${randomBytes(32).toString('base64')}`), 'WRONG_SIGNATURE'],
  'the signature of another answer': [signedBy(secret, { 'webhook-id': 'ver_other' }), 'WRONG_SIGNATURE'],
  'the signature of an old answer': [
    signedBy(secret, { 'webhook-timestamp': '1700000000' }),
    'WRONG_SIGNATURE',
  ],
} as const

describe.each(['allow', 'deny'] as const)('with on_failure %s', (on_failure) => {
  it.each(Object.entries(FAILURES))(
    '%s counts as a failure, and the audit says which',
    async (_, [react, why]) => {
      await hookAt(client, hook.url, {
        on_failure,
        timeout_ms: react === never || react === halfAnAnswer ? 200 : 3000,
      })
      const asked = hook.received.length
      hook.react(react)
      const started = begin(client)
      const id =
        on_failure === 'allow'
          ? (await started).id
          : String((await refusal(started)).options.extra?.verification)
      const failure = typeof why === 'string' ? why : expect.stringMatching(why)
      expect(await decisionOf(test, id)).toEqual({
        action: on_failure,
        failure,
        milliseconds: expect.any(Number),
      })
      expect(hook.received).toHaveLength(asked + 1)
    },
  )
})

it('a denial by failure says what failed', async () => {
  await hookAt(client, hook.url)
  hook.react(answer(500))
  const error = await refusal(begin(client))
  expect([error.code, error.message]).toEqual([
    'denied_by_hook',
    'The start hook gave no valid answer (HTTP_500); in that case the policy denies the start.',
  ])
})

it('a right signature on the answer is accepted', async () => {
  hook.react(signedBy(secret))
  const { id } = await begin(client)
  expect(await decisionOf(test, id)).toMatchObject({ action: 'allow' })
})

it('nothing connects to a private address where these are refused, by name or number', async () => {
  const config = { ...(test.app.config as ServiceConfig), allowPrivateTargets: false }
  const app = createApp(config, 'guarded', { clock: test.clock })
  try {
    const asked = hook.received.length
    for (const url of [hook.url, hook.url.replace('127.0.0.1', 'localhost')]) {
      await hookAt(client, url)
      test.passTime(1000)
      const error = await refusal(begin({ ...client, ...app }))
      const decision = await decisionOf(test, String(error.options.extra?.verification))
      expect(decision).toMatchObject({ action: 'deny', failure: 'TARGET_REFUSED' })
    }
    expect(hook.received).toHaveLength(asked)
    const error = await refusal(hookAt({ ...client, ...app }, hook.url))
    expect(error.options.errors?.[0]?.path).toBe('start_hook.url')
  } finally {
    await app.close()
  }
})

it('a rotated secret signs beside the former one for the overlap, then alone', async () => {
  const tenant = await test.newTenant()
  const own = await receiver(says({ action: 'allow' }))
  const first = (await hookAt(tenant, own.url)) as string
  const verifies = async (key: string) => {
    await begin(tenant)
    const { text, headers } = own.received.at(-1) as Received
    try {
      new Webhook(key).verify(text, headers)
      return true
    } catch {
      return false
    }
  }
  const rotated = await rotateHookSecret(tenant, { overlap_seconds: 60 })
  expect([await verifies(first), await verifies(rotated.secret)]).toEqual([true, true])
  own.react(signedBy(first))
  expect(await outcome(begin(tenant))).toBe('ok')
  own.react(says({ action: 'allow' }))
  await test.app.db.sql`
    update policies set hook_former_until = now() - interval '1 s' where tenant_id = ${tenant.actor.tenantId}`
  test.passTime(1000)
  expect([await verifies(first), await verifies(rotated.secret)]).toEqual([false, true])
  const last = await rotateHookSecret(tenant, { overlap_seconds: 0 })
  expect([await verifies(rotated.secret), await verifies(last.secret)]).toEqual([false, true])
})

it('the secret outlives a rotation of SECRET_KEY; without the key nothing is asked', async () => {
  const tenant = await test.newTenant()
  const own = await receiver(says({ action: 'allow' }))
  const key = (await hookAt(tenant, own.url)) as string
  await rotateHookSecret(tenant, { overlap_seconds: 60 })
  const config = test.app.config as ServiceConfig
  const [fresh, lost] = [randomBytes(32), randomBytes(32)]
  const app = createApp({ ...config, SECRET_KEY: fresh, SECRET_KEY_OLD: [config.SECRET_KEY] }, 'rotated')
  const next = createApp({ ...config, SECRET_KEY: fresh }, 'next')
  const blind = createApp({ ...config, SECRET_KEY: lost }, 'blind')
  try {
    expect((await resealHooks(app)).unreadable).toBe(0)
    expect(await resealHooks(next)).toEqual({ resealed: 0, unreadable: 0 })
    test.passTime(1000)
    await begin({ ...tenant, startHooks: next.startHooks })
    const { text, headers } = own.received.at(-1) as Received
    new Webhook(key).verify(text, headers)
    const error = await refusal(begin({ ...tenant, startHooks: blind.startHooks }))
    const id = String(error.options.extra?.verification)
    expect(await decisionOf(test, id)).toMatchObject({ failure: 'SECRET_UNREADABLE' })
    expect(own.received).toHaveLength(1)
  } finally {
    await Promise.all([app.close(), next.close(), blind.close()])
  }
})

/** The client with more patience than a policy can have, so that nothing here depends on the machine's speed. */
const patient = (own: ClientContext): ClientContext => ({
  ...own,
  policies: {
    async of(tenantId) {
      const inForce = await own.policies.of(tenantId)
      return { ...inForce, hook: inForce.hook && { ...inForce.hook, timeout_ms: 60_000 } }
    },
  },
})

it('a hanging hook holds up its own tenant only, and a bounded number of its starts', async () => {
  const [slow, other] = [await test.newTenant(), await test.newTenant()]
  const held: ServerResponse[] = []
  const hanging = await receiver((_, response) => held.push(response))
  const quick = await receiver(says({ action: 'allow' }))
  await hookAt(slow, hanging.url)
  await hookAt(other, quick.url)
  const ended: string[] = []
  const starts = Array.from({ length: 300 }, () =>
    outcome(begin(patient(slow))).finally(() => ended.push('slow')),
  )
  await waitFor(() => ended.length === 300 - 64, { timeoutMs: 30_000 })
  ended.length = 0
  // More at a time than the pool of connections to the database.
  const others = Array.from({ length: 40 }, () =>
    outcome(begin(patient(other))).finally(() => ended.push('other')),
  )
  expect(tally(await Promise.all(others))).toEqual({ ok: 40 })
  expect(tally(ended)).toEqual({ other: 40 })
  await waitFor(() => held.length === 64, { timeoutMs: 30_000 })
  for (const response of held) says({ action: 'allow' })({} as Received, response)
  expect(tally(await Promise.all(starts))).toEqual({ ok: 64, denied_by_hook: 236 })
  hanging.react(says({ action: 'allow' }))
  expect(await outcome(begin(patient(slow)))).toBe('ok')
})
