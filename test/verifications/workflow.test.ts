import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { poll } from '../../src/calls/poll.ts'
import { sweep } from '../../src/calls/sweep.ts'
import type { ClientContext } from '../../src/context.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { moveOn, next } from '../../src/verifications/next.ts'
import { get, list } from '../../src/verifications/read.ts'
import { retry } from '../../src/verifications/retry.ts'
import { StartInput } from '../../src/verifications/schemas.ts'
import { openTenant } from '../setup/tenant.ts'
import { waitFor } from '../setup/wait.ts'
import {
  begin,
  dialled,
  dialledCodes,
  jobOf,
  letPauseEnd,
  namespace,
  newPhone,
  outcome,
  placeCalls,
  refusal,
  stored,
  tally,
  uuidOf,
} from './support.ts'

const { test, client } = await openTenant({ shortCalls: true })

const flash = { channel: 'flash_call', wait_seconds: 30 } as const
const voice = { channel: 'voice', wait_seconds: 20 } as const

/** Starts with a workflow and places the call of its first step. */
async function ring(workflow: StartInput['workflow'], input: Partial<StartInput> = {}, as = client) {
  const started = await begin(as, { workflow, ...input })
  await placeCalls(test, started.id)
  return started
}

/** Ends the wait of the current step, by the database clock. */
const letWaitEnd = (id: string) =>
  test.app.db.sql`
    update verifications set next_at = now() - interval '1 ms'
    where id = ${uuidOf(id)} and next_at is not null`

const stepsOf = async (id: string, as: ClientContext = client) =>
  (await readAudit(as, { id })).data.filter(({ type }) => type.startsWith('step.'))

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

describe('a step', () => {
  it('gives way to the next when its wait is over, through the job or the sweep; both codes are right', async () => {
    for (const wake of [
      (id: string) => moveOn(test.worker, { verification: uuidOf(id) }),
      () => sweep(test.worker),
    ]) {
      for (const typed of [0, 1]) {
        const { id, phone } = await ring([flash, flash])
        await wake(id)
        expect(await stepsOf(id), 'before its time').toEqual([])
        await letWaitEnd(id)
        await wake(id)
        await placeCalls(test, id)
        expect(await get(client, { id })).toMatchObject({ next_channel: null, next_at: null, attempts: 2 })
        const codes = dialledCodes(test, client, phone)
        expect(codes).toHaveLength(2)
        const approved = await confirm(client, { id, code: codes[typed] ?? '' })
        expect(approved).toMatchObject({ status: 'approved', channel: 'flash_call' })
        expect((await readAudit(client, { id })).chain).toBe('intact')
      }
    }
  })

  it('begins once when many workers and sweeps find it due', async () => {
    const { id, phone } = await ring([flash, flash, flash])
    await letWaitEnd(id)
    const wake = () => moveOn(test.worker, { verification: uuidOf(id) })
    await Promise.all([wake(), sweep(test.worker), wake(), wake(), sweep(test.worker), wake()])
    await placeCalls(test, id)
    expect(await stepsOf(id)).toHaveLength(1)
    expect(dialledCodes(test, client, phone)).toHaveLength(2)
    expect((await stored(test, id)).calls.map(({ step, round }) => [step, round])).toEqual([
      [0, 0],
      [1, 1],
    ])
  })

  it('gives way at once when none of its accounts could reach the phone; the last one fails the verification', async () => {
    const { id } = await begin(client, { phone: '+79000000007', workflow: [flash, flash] })
    await placeCalls(test, id)
    await placeCalls(test, id)
    const between = await get(client, { id })
    expect(between).toMatchObject({ status: 'pending', next_channel: 'flash_call', failure: null })
    expect(Date.parse(between.next_at ?? '')).toBeLessThanOrEqual(Date.now())
    await sweep(test.worker)
    await placeCalls(test, id)
    await placeCalls(test, id)
    const ended = await get(client, { id })
    expect(ended).toMatchObject({ status: 'failed', failure: { code: 'rejected' }, attempts: 4 })
    const accounts = (await stored(test, id)).calls.map(({ provider }) => provider)
    expect(accounts).toEqual(['telefon-ip', 'new-tel', 'telefon-ip', 'new-tel'])
  })

  it('keeps waiting after a call with an unknown end', async () => {
    const own = await test.newTenant()
    for (const operator of ['telefon-ip', 'new-tel'] as const) {
      test.sandbox.faults.add(namespace(test, own), { operator, mode: 'http_500', prefix: '+' })
    }
    const { id, next_at } = await begin(own, { workflow: [flash, flash] })
    for (const nth of [0, 1]) {
      await placeCalls(test, id)
      const job = await jobOf(test, id, nth)
      await waitFor(async () => {
        await test.app.db
          .sql`update attempts set unclear_at = now() - interval '1 h' where id = ${job.attempt}`
        await adopt(test.worker, job)
        return (await stored(test, id)).calls[nth]?.status === 'unknown'
      })
    }
    expect((await stored(test, id)).calls).toHaveLength(2)
    await sweep(test.worker)
    expect(await stepsOf(id, own)).toEqual([])
    expect(await get(own, { id })).toMatchObject({ status: 'calling', next_at })
  })

  it('that queued its call without reaching an operator gives the call up', async () => {
    const { id, phone } = await begin(client, { workflow: [flash, flash] })
    await letWaitEnd(id)
    await sweep(test.worker)
    await placeCalls(test, id)
    expect((await stored(test, id)).calls.map(({ status }) => status)).toEqual(['released', 'placed'])
    expect(dialledCodes(test, client, phone)).toHaveLength(1)
  })

  it('whose channel has no route is skipped, with an audit event, at the start as well', async () => {
    const { id, ...started } = await ring([voice, flash, voice, flash])
    expect(started).toMatchObject({ channel: 'flash_call', next_channel: 'voice' })
    await letWaitEnd(id)
    await sweep(test.worker)
    expect(await get(client, { id })).toMatchObject({
      channel: 'flash_call',
      next_channel: null,
      next_at: null,
    })
    expect((await stepsOf(id)).map(({ type, data }) => [type, data.step, data.rule])).toEqual([
      ['step.skipped', 0, 'no_route'],
      ['step.skipped', 2, 'no_route'],
      ['step.begun', 3, undefined],
    ])
  })

  it('is not begun when all that follow are skipped: the current one waits for the end', async () => {
    const { id, phone } = await ring([flash, voice, voice])
    await letWaitEnd(id)
    await sweep(test.worker)
    expect(await get(client, { id })).toMatchObject({
      channel: 'flash_call',
      next_channel: null,
      next_at: null,
    })
    const [code = ''] = dialledCodes(test, client, phone)
    expect(await confirm(client, { id, code })).toMatchObject({ status: 'approved' })
  })

  it('fails the verification when nothing reached the phone and all that follow are skipped', async () => {
    const { id } = await begin(client, { phone: '+79000000007', workflow: [flash, voice] })
    await placeCalls(test, id)
    await placeCalls(test, id)
    await sweep(test.worker)
    expect(await get(client, { id })).toMatchObject({ status: 'failed', failure: { code: 'rejected' } })
  })

  it('over a channel that the policy does not allow is skipped; a start with no allowed step is denied', async () => {
    const own = await test.newTenant()
    await updatePolicy(own, { allow_channels: ['voice'] })
    expect(await refusal(begin(own))).toMatchObject({
      status: 403,
      options: { extra: { rule: 'allow_channels' } },
    })
    expect(await outcome(begin(own, { workflow: [flash, voice] }))).toBe('destination_denied')
    await updatePolicy(own, { allow_channels: ['flash_call'] })
    const { id } = await ring([flash, flash], {}, own)
    await updatePolicy(own, { allow_channels: [] })
    await letWaitEnd(id)
    await sweep(test.worker)
    expect(await stepsOf(id, own)).toMatchObject([{ type: 'step.skipped', data: { rule: 'allow_channels' } }])
  })

  it('that reached the phone counts as a start when the next one begins; a limit skips the next, and ends nothing', async () => {
    const own = await test.newTenant()
    await updatePolicy(own, { starts_per_phone_10m: 2 })
    const { id, phone } = await ring([flash, flash, flash], {}, own)
    for (const next_at of [expect.any(String), null]) {
      await letWaitEnd(id)
      await sweep(test.worker)
      await placeCalls(test, id)
      expect(await get(own, { id })).toMatchObject({ next_at })
    }
    expect((await stepsOf(id, own)).map(({ type, data }) => [type, data.rule])).toEqual([
      ['step.begun', undefined],
      ['step.skipped', 'starts_per_phone_10m'],
    ])
    expect(await outcome(begin(own, { phone }))).toBe('rate_limited')
    const code = dialledCodes(test, own, phone).at(-1) ?? ''
    expect(await confirm(own, { id, code })).toMatchObject({ status: 'approved' })
  })

  it('that reached nobody does not count as a start', async () => {
    const own = await test.newTenant()
    await updatePolicy(own, { starts_per_phone_10m: 1 })
    const { id } = await begin(own, { phone: '+79000000007', workflow: [flash, flash] })
    await placeCalls(test, id)
    await placeCalls(test, id)
    await sweep(test.worker)
    expect(await stepsOf(id, own)).toMatchObject([{ type: 'step.begun' }])
  })

  it('that has ended disturbs the next one no more, however its call ends', async () => {
    const { id, phone } = await ring([flash, flash])
    const job = await jobOf(test, id)
    await letWaitEnd(id)
    await sweep(test.worker)
    for (const rung of dialled(test, client, phone)) {
      rung.course = { ...rung.course, end: 'no_such_number', endsAfterMs: 0, reportedAfterMs: 0 }
    }
    await poll(test.worker, job)
    expect((await get(client, { id })).failure).toBe(null)
    await placeCalls(test, id)
    expect((await stored(test, id)).calls.map(({ status }) => status)).toEqual(['no_such_number', 'placed'])
  })

  it('does not begin in a verification that has ended', async () => {
    const { id } = await ring([flash, flash])
    await letWaitEnd(id)
    await cancel(client, { id })
    await sweep(test.worker)
    expect((await stored(test, id)).calls).toHaveLength(1)
  })
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
    const { id } = await ring([flash, flash], {}, own)
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
