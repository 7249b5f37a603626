import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { poll } from '../../src/calls/poll.ts'
import { sweep } from '../../src/calls/sweep.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { moveOn } from '../../src/verifications/next.ts'
import { get } from '../../src/verifications/read.ts'
import { createJobs } from '../../worker/jobs.ts'
import { withoutVoice } from '../providers/registry.ts'
import { openTenant } from '../setup/tenant.ts'
import { waitFor } from '../setup/wait.ts'
import {
  begin,
  dialled,
  dialledCodes,
  jobOf,
  namespace,
  outcome,
  placeCalls,
  refusal,
  stored,
  uuidOf,
} from './support.ts'
import { flash, voice, workflowsOf } from './workflow-support.ts'

const { test, client } = await openTenant({ ...withoutVoice, shortCalls: true })
const { ring, letWaitEnd, stepsOf } = workflowsOf(test, client)

describe('a step', () => {
  it('gives way to the next when its wait is over, through the job or the sweep; both codes are right', async () => {
    const byJob = async (id: string) => {
      const jobs = createJobs(test.worker)
      await jobs.run('next', { calls: [await jobOf(test, id)] })
      await jobs.drain()
    }
    for (const wake of [byJob, () => sweep(test.worker)]) {
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
    const { id } = await ring([flash, flash], own)
    await updatePolicy(own, { allow_channels: [] })
    await letWaitEnd(id)
    await sweep(test.worker)
    expect(await stepsOf(id, own)).toMatchObject([{ type: 'step.skipped', data: { rule: 'allow_channels' } }])
  })

  it('that the policy forbids adds no length of code at the start; one that it only observes does', async () => {
    const own = await test.newTenant()
    const sms = { channel: 'sms', wait_seconds: 30 } as const
    const inbound = { channel: 'inbound_call', wait_seconds: 30 } as const
    const lengths = async () => (await begin(own, { workflow: [inbound, sms] })).code_lengths
    await updatePolicy(own, { allow_channels: ['inbound_call'] })
    expect(await lengths()).toEqual([])
    await updatePolicy(own, { observe: ['allow_channels'] })
    expect(await lengths()).toEqual([4])
  })

  it('that reached the phone counts as a start when the next one begins; a limit skips the next, and ends nothing', async () => {
    const own = await test.newTenant()
    await updatePolicy(own, { starts_per_phone_10m: 2 })
    const { id, phone } = await ring([flash, flash, flash], own)
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
