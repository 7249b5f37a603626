import { describe, expect, it } from 'vitest'
import { sweep } from '../../src/calls/sweep.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { next } from '../../src/verifications/next.ts'
import { get } from '../../src/verifications/read.ts'
import { retry } from '../../src/verifications/retry.ts'
import { openTenant } from '../setup/tenant.ts'
import { waitFor } from '../setup/wait.ts'
import {
  dialled,
  endLifetime,
  eventsOf,
  letPauseEnd,
  newPhone,
  placeCalls,
  stored,
} from '../verifications/support.ts'
import { inbound, inboundOf } from './inbound-support.ts'

const { test, client } = await openTenant()
const clients = [client, await test.newTenant()]
for (const each of clients) await updatePolicy(each, { phone_pause_seconds: null })
await waitFor(async () => {
  const all = await Promise.all(clients.map((each) => test.app.policies.of(each.actor.tenantId)))
  return all.every(({ policy }) => policy.phone_pause_seconds === null)
})
const { await: awaitCall, callIn, pollOnce, letTimeEnd } = inboundOf(test, client)
const workflow = [inbound, { channel: 'sms', wait_seconds: 45 } as const]

const statusOf = async (id: string) => (await get(client, { id })).status
const isShown = async (id: string) => (await get(client, { id })).call_to !== null
/** Another requester awaits a call of the phone. */
const awaitToo = (phone: string) => awaitCall({ phone, channel: 'inbound_call', device: 'another' })

async function retryNow(id: string): Promise<void> {
  await letPauseEnd(test, id)
  await retry(client, { id })
}

describe('the turn of a phone', () => {
  it('ends with its attempt, while the verification goes on over another channel', async () => {
    const { id, phone } = await awaitCall({ workflow, device: 'own' })
    await letTimeEnd(id)
    await pollOnce(id)
    expect(await isShown((await awaitToo(phone)).id)).toBe(true)
    expect(await statusOf(id)).toBe('pending')
  })

  it('and the number last until the last of its attempts has ended', async () => {
    const { id, phone, number } = await awaitCall({ channel: 'inbound_call', device: 'own' })
    await letTimeEnd(id)
    await retryNow(id)
    await placeCalls(test, id)
    await pollOnce(id, 0)
    expect((await stored(test, id)).calls.map(({ status }) => status)).toEqual(['not_called', 'placed'])
    expect(await get(client, { id })).toMatchObject({ status: 'calling', call_to: { number } })
    expect(await isShown((await awaitToo(phone)).id)).toBe(false)
    await callIn(phone, number)
    await pollOnce(id, 1)
    expect(await statusOf(id)).toBe('approved')
  })

  it('is not held by a retry that no operator was asked for', async () => {
    const { id, phone } = await awaitCall({ workflow, device: 'own' })
    await letTimeEnd(id)
    await retryNow(id)
    await pollOnce(id, 0)
    expect(await isShown((await awaitToo(phone)).id)).toBe(true)
    await placeCalls(test, id)
    expect(await get(client, { id })).toMatchObject({
      call_to: null,
      attempts_detail: [{ status: 'not_called' }, { status: 'failed' }],
    })
  })

  it('is of one tenant’s test keys alone: their operators are simulated for each tenant', async () => {
    const phone = newPhone()
    for (const each of clients) {
      const { id } = await awaitCall({ phone, channel: 'inbound_call' }, each)
      expect((await get(each, { id })).call_to).not.toBeNull()
    }
  })
})

describe('a number that is shown no more', () => {
  it('approves nothing when it is called, and the one after it still does', async () => {
    const { id, phone, number } = await awaitCall()
    await callIn(phone, number)
    await retryNow(id)
    await placeCalls(test, id)
    await pollOnce(id, 0)
    expect(await get(client, { id })).toMatchObject({
      status: 'calling',
      call_to: { number },
      attempts_detail: [{ status: 'called' }, { status: 'placed' }],
    })
    await callIn(phone, number)
    await pollOnce(id, 1)
    expect(await statusOf(id)).toBe('approved')
  })

  it('fails the verification when it is called after the last number’s time', async () => {
    const { id, phone, number } = await awaitCall()
    await callIn(phone, number)
    await retryNow(id)
    await placeCalls(test, id)
    await letTimeEnd(id)
    await pollOnce(id, 1)
    expect(await statusOf(id)).toBe('calling')
    await pollOnce(id, 0)
    expect(await get(client, { id })).toMatchObject({ status: 'failed', failure: { code: 'unreachable' } })
  })
})

describe('after the end', () => {
  it('of its lifetime, a call that nobody made leaves the verification expired, not failed', async () => {
    const { id } = await awaitCall()
    await endLifetime(test, id)
    await letTimeEnd(id)
    await pollOnce(id)
    await sweep(test.worker)
    expect(await statusOf(id)).toBe('expired')
  })

  it('of the verification, a call of another phone is recorded no more', async () => {
    const { id, phone, number } = await awaitCall({ workflow })
    await next(client, { id })
    await placeCalls(test, id)
    await cancel(client, { id })
    const [request] = dialled(test, client, phone)
    await callIn(phone, number)
    if (request) Object.assign(request, { phone: newPhone() })
    await pollOnce(id)
    expect(await eventsOf(test, id)).not.toContain('attempt.other_caller')
  })
})
