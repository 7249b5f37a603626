import { describe, expect, it } from 'vitest'
import { place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import type { JobPayload } from '../../src/queue/jobs.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { retry } from '../../src/verifications/retry.ts'
import { openTenant } from '../setup/tenant.ts'
import { begin, dialled, jobOf, letPauseEnd, namespace, outcome, stored } from '../verifications/support.ts'
import { lookToTheEnd } from './dead-worker.ts'

const { test, client } = await openTenant()

describe('while the call of a retry and the one before it are both in progress', () => {
  /** Two calls with unknown ends: the first at telefon-ip, the second with `second` at New-Tel. */
  async function twoCalls(second: FaultMode = 'undetermined') {
    const { id, phone } = await begin(client)
    const faults = { 'telefon-ip': 'undetermined', 'new-tel': second } as const
    for (const operator of ['telefon-ip', 'new-tel'] as const) {
      test.sandbox.faults.add(namespace(test, client), { operator, mode: faults[operator], prefix: phone })
    }
    const first = await jobOf(test, id)
    await place(test.worker, first)
    await letPauseEnd(test, id)
    await retry(client, { id })
    const last = await jobOf(test, id, 1)
    await place(test.worker, last)
    return { id, phone, first, last }
  }

  /** Ends the call's time with its end unknown. */
  async function giveUp(job: JobPayload): Promise<void> {
    await test.app.db.sql`update attempts set deadline_at = now() where id = ${job.attempt}`
    await poll(test.worker, job)
  }

  it('the unknown ends of both start no call, and both codes stay right', async () => {
    const { id, phone, first, last } = await twoCalls()
    await giveUp(first)
    expect(await stored(test, id)).toMatchObject({
      status: 'calling',
      calls: [{ status: 'unknown' }, { status: 'placed' }],
    })
    test.sandbox.faults.add(namespace(test, client), { operator: 'new-tel', mode: 'down', prefix: '+' })
    await giveUp(last)
    test.sandbox.faults.clear(namespace(test, client))
    expect(await stored(test, id)).toMatchObject({
      status: 'calling',
      calls: [{ status: 'unknown' }, { status: 'unknown' }],
    })
    expect(dialled(test, client, phone)).toHaveLength(2)
    const [call] = dialled(test, client, phone)
    expect(await outcome(confirm(client, { id, code: call?.code ?? '' }))).toBe('ok')
  })

  it('an unreachable end of the second moves on to the next account', async () => {
    const { id, phone, first, last } = await twoCalls()
    await giveUp(first)
    const call = dialled(test, client, phone).at(-1)
    if (call) call.course = { ...call.course, end: 'unreachable', endsAfterMs: 0, reportedAfterMs: 0 }
    await poll(test.worker, last)
    expect(await stored(test, id)).toMatchObject({
      status: 'pending',
      calls: [{ status: 'unknown' }, { status: 'unreachable' }, { status: 'queued' }],
    })
  })

  it('the end of one starts no call during the search for the other; if not found, its code may still have been seen', async () => {
    const { id, first, last } = await twoCalls('reset_before')
    await giveUp(first)
    expect(await stored(test, id)).toMatchObject({
      status: 'calling',
      calls: [{ status: 'unknown' }, { status: 'placing' }],
    })
    await lookToTheEnd(test, last)
    expect(await stored(test, id)).toMatchObject({
      status: 'calling',
      calls: [{ status: 'unknown' }, { status: 'unknown', codeHash: expect.any(Buffer) }],
    })
  })
})
