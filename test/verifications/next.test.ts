import { describe, expect, it } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { next } from '../../src/verifications/next.ts'
import { get, list } from '../../src/verifications/read.ts'
import { retry } from '../../src/verifications/retry.ts'
import { StartInput } from '../../src/verifications/schemas.ts'
import { withoutVoice } from '../providers/registry.ts'
import { openTenant } from '../setup/tenant.ts'
import {
  begin,
  dialledCodes,
  letPauseEnd,
  newPhone,
  outcome,
  placeCalls,
  refusal,
  stored,
  tally,
} from './support.ts'
import { flash, voice, workflowsOf } from './workflow-support.ts'

const { test, client } = await openTenant({ ...withoutVoice, shortCalls: true })
const { ring, letWaitEnd } = workflowsOf(test, client)

const secondsBetween = (from: string, to: string | null) => (Date.parse(to ?? '') - Date.parse(from)) / 1000

describe('a workflow', () => {
  it('is shown with its next step, and when that and a retry can come', async () => {
    const started = await begin(client, { workflow: [flash, { ...flash, wait_seconds: 60 }, voice] })
    expect(started).toMatchObject({
      channel: 'flash_call',
      workflow: [flash, { ...flash, wait_seconds: 60 }, voice],
      next_channel: 'flash_call',
    })
    expect(secondsBetween(started.created_at, started.next_at)).toBe(30)
    expect(secondsBetween(started.created_at, started.retry_at)).toBe(30)
    const [listed] = (await list(client, { limit: 1 })).data
    const { attempts_detail, ...got } = await get(client, started)
    expect([listed, got]).toEqual([started, started])
  })

  it('is absent without one: no step follows, and a retry is possible', async () => {
    const started = await begin(client)
    expect(started).toMatchObject({ workflow: null, next_channel: null, next_at: null })
    expect(started.retry_at).not.toBe(null)
    const cancelled = await cancel(client, started)
    expect(cancelled).toMatchObject({ next_channel: null, next_at: null, retry_at: null })
  })

  it('waits 45 seconds unless told otherwise, has one to five steps, and excludes a channel', () => {
    const accepts = (input: object) => StartInput.safeParse({ phone: newPhone(), ...input })
    expect(accepts({ workflow: [{ channel: 'sms' }] }).data?.workflow?.[0]?.wait_seconds).toBe(45)
    for (const input of [
      { workflow: [] },
      { workflow: Array(6).fill(flash) },
      { workflow: [{ ...flash, wait_seconds: 14 }] },
      { workflow: [{ ...flash, wait_seconds: 301 }] },
      { workflow: [{ channel: 'letter' }] },
      { workflow: [flash], channel: 'flash_call' },
      { workflow: [flash], ttl_seconds: 901 },
    ]) {
      expect(accepts(input).success).toBe(false)
    }
  })

  it('allows a lifetime of 900 seconds, which is 600 without one', async () => {
    const long = await begin(client, { workflow: [flash], ttl_seconds: 900 })
    expect(secondsBetween(long.created_at, long.expires_at)).toBe(900)
    expect(await refusal(begin(client, { ttl_seconds: 601 }))).toMatchObject({
      status: 422,
      options: { errors: [{ path: 'ttl_seconds' }] },
    })
  })

  it('comes from the policy when the start names neither channel nor workflow', async () => {
    const own = await test.newTenant()
    await updatePolicy(own, { default_workflow: [flash, voice] })
    expect((await begin(own)).workflow).toEqual([flash, voice])
    expect((await begin(own, { channel: 'flash_call' })).workflow).toBe(null)
    expect((await begin(own, { workflow: [flash] })).workflow).toEqual([flash])
    expect(secondsBetween(...(await bounds(own, 900)))).toBe(900)
  })

  const bounds = async (as: ClientContext, ttl_seconds: number) => {
    const { created_at, expires_at } = await begin(as, { ttl_seconds })
    return [created_at, expires_at] as const
  }
})

describe('the next step on request', () => {
  it('begins at once, and only one of many requests begins it', async () => {
    const { id, phone } = await ring([flash, flash, flash])
    const answers = await Promise.all(Array.from({ length: 10 }, () => outcome(next(client, { id }))))
    expect(tally(answers)).toEqual({ ok: 1, attempt_in_progress: 9 })
    await placeCalls(test, id)
    expect(dialledCodes(test, client, phone)).toHaveLength(2)
    expect(await get(client, { id })).toMatchObject({ next_channel: 'flash_call' })
  })

  it('is refused without one, while a call is being placed, and at the end', async () => {
    const plain = await ring(undefined)
    expect(await refusal(next(client, plain))).toMatchObject({ code: 'no_next_channel', status: 409 })
    const last = await ring([flash, voice])
    expect(await outcome(next(client, last))).toBe('no_next_channel')
    expect(await get(client, last)).toMatchObject({ next_channel: null })
    const queued = await begin(client, { workflow: [flash, flash] })
    expect(await outcome(next(client, queued))).toBe('attempt_in_progress')
    await cancel(client, queued)
    expect(await refusal(next(client, queued))).toMatchObject({
      code: 'verification_not_active',
      options: { extra: { verification_status: 'cancelled' } },
    })
    expect(await outcome(next(await test.newTenant(), plain))).toBe('not_found')
  })

  it('that a limit refuses stays for later', async () => {
    const own = await test.newTenant()
    await updatePolicy(own, { phone_pause_seconds: 30 })
    const { id } = await ring([flash, flash], own)
    expect(await refusal(next(own, { id }))).toMatchObject({ code: 'phone_cooldown', status: 429 })
    expect(await get(own, { id })).toMatchObject({ next_channel: 'flash_call', next_at: expect.any(String) })
    await updatePolicy(own, { phone_pause_seconds: null })
    expect(await outcome(next(own, { id }))).toBe('ok')
  })
})

describe('a retry in a workflow', () => {
  it('stays in its step and begins its wait again', async () => {
    const { id, next_at } = await ring([flash, flash])
    await letPauseEnd(test, id)
    await letWaitEnd(id)
    const again = await retry(client, { id })
    expect(again.next_channel).toBe('flash_call')
    expect(Date.parse(again.next_at ?? '')).toBeGreaterThan(Date.parse(next_at ?? '') - 1)
    expect((await stored(test, id)).calls.map(({ step }) => step)).toEqual([0, 0])
  })

  it('over a channel that was not in sight says at once how long its codes are', async () => {
    const { id } = await begin(client, { channel: 'inbound_call' })
    await placeCalls(test, id)
    await letPauseEnd(test, id)
    expect((await get(client, { id })).code_lengths).toEqual([])
    expect((await retry(client, { id, channel: 'sms' })).code_lengths).toEqual([4])
  })

  it('over a channel without a route is refused, and changes nothing', async () => {
    const { id } = await ring([flash, voice])
    await letPauseEnd(test, id)
    expect(await refusal(retry(client, { id, channel: 'voice' }))).toMatchObject({
      code: 'destination_denied',
      options: { extra: { rule: 'no_route' } },
    })
    expect(await get(client, { id })).toMatchObject({ channel: 'flash_call', next_channel: 'voice' })
    expect(await retry(client, { id, channel: 'flash_call' })).toMatchObject({ next_channel: 'voice' })
  })
})
