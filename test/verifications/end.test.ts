import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { poll } from '../../src/calls/poll.ts'
import { sweep } from '../../src/calls/sweep.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { openTenant } from '../setup/tenant.ts'
import { waitFor } from '../setup/wait.ts'
import {
  begin,
  beginAndRing,
  dialled,
  endLifetime,
  eventsOf,
  outcome,
  placeCalls,
  refusal,
  stored,
  tally,
  uuidOf,
} from './support.ts'

const { test, client } = await openTenant()

describe('the end of a verification', () => {
  /** Polls the call until its operator reports the end. */
  async function follow(id: string): Promise<void> {
    await waitFor(async () => {
      const { calls } = await stored(test, id)
      for (const call of calls) {
        if (call.status === 'placed') await poll(test.worker, { verification: uuidOf(id), attempt: call.id })
      }
      return calls.every((call) => call.endedAt !== null)
    })
  }

  it('by cancelling before the call is placed releases the call: no phone rings', async () => {
    const started = await begin(client)
    expect(await cancel(client, started)).toMatchObject({ status: 'cancelled', failure: null })
    await placeCalls(test, started.id)
    expect((await stored(test, started.id)).calls).toMatchObject([{ status: 'released', dueAt: null }])
    expect(dialled(test, client, started.phone)).toEqual([])
    expect(await eventsOf(test, started.id)).toEqual([
      'verification.created',
      'attempt.queued',
      'verification.cancelled',
      'attempt.released',
    ])
  })

  it('by cancelling with a call in flight follows the call to its end, which changes nothing', async () => {
    const { id, code } = await beginAndRing(test, client)
    await cancel(client, { id })
    await follow(id)
    const row = await stored(test, id)
    expect(row).toMatchObject({ status: 'cancelled', deliveredAt: null })
    expect(row.calls).toMatchObject([{ status: 'no_answer', costMicros: 200_000n }])
    expect(await eventsOf(test, id)).toContain('attempt.status')
    expect(await outcome(confirm(client, { id, code }))).toBe('verification_not_active')
    expect((await readAudit(client, { id })).chain).toBe('intact')
  })

  it('by cancelling twice, or many times at once, happens once', async () => {
    const { id } = await begin(client)
    const results = await Promise.all(Array.from({ length: 20 }, () => outcome(cancel(client, { id }))))
    expect(tally(results)).toEqual({ ok: 1, verification_not_active: 19 })
    expect(tally(await eventsOf(test, id))['verification.cancelled']).toBe(1)
  })

  it('by cancelling after the lifetime is an expiry', async () => {
    const { id } = await begin(client)
    await endLifetime(test, id)
    expect(await refusal(cancel(client, { id }))).toMatchObject({
      code: 'verification_not_active',
      options: { extra: { verification_status: 'expired' } },
    })
    expect((await stored(test, id)).status).toBe('expired')
  })

  it('is up to its owner: another tenant cancels nothing', async () => {
    const { id } = await begin(client)
    expect(await outcome(cancel(await test.newTenant('stranger'), { id }))).toBe('not_found')
    expect((await stored(test, id)).status).toBe('pending')
  })

  it('comes by the sweep after the lifetime, whatever the status, and releases queued calls', async () => {
    const pending = await begin(client)
    const calling = await beginAndRing(test, client)
    const delivered = await beginAndRing(test, client)
    await follow(delivered.id)
    expect((await stored(test, delivered.id)).status).toBe('delivered')
    const young = await begin(client)
    for (const { id } of [pending, calling, delivered]) await endLifetime(test, id)
    expect((await sweep(test.worker)).expired).toBe(3)
    for (const { id } of [pending, calling, delivered]) {
      expect((await stored(test, id)).status).toBe('expired')
      expect((await readAudit(client, { id })).chain).toBe('intact')
    }
    expect((await stored(test, pending.id)).calls).toMatchObject([{ status: 'released' }])
    expect((await stored(test, calling.id)).calls).toMatchObject([{ status: 'placed' }])
    expect((await stored(test, young.id)).status).toBe('pending')
    expect((await sweep(test.worker)).expired).toBe(0)
  })

  it('comes once when sweeps of several workers race late checks', async () => {
    const rung = await Promise.all(Array.from({ length: 10 }, () => beginAndRing(test, client)))
    for (const { id } of rung) await endLifetime(test, id)
    await Promise.all([
      ...rung.flatMap(({ id, code }) => [
        outcome(confirm(client, { id, code })),
        outcome(cancel(client, { id })),
      ]),
      ...Array.from({ length: 5 }, () => sweep(test.worker)),
    ])
    for (const { id } of rung) {
      expect(tally(await eventsOf(test, id))['verification.expired']).toBe(1)
      expect((await readAudit(client, { id })).chain).toBe('intact')
    }
  })

  it('does not come early: a right code in the last moment approves', async () => {
    const { id, code } = await beginAndRing(test, client)
    await test.app.db.sql`
      with moved as (update verifications set expires_at = now() + interval '5 s' where id = ${uuidOf(id)} returning id, expires_at)
      update live_verifications l set expires_at = moved.expires_at from moved where moved.id = l.verification_id`
    await sweep(test.worker)
    expect(await outcome(confirm(client, { id, code }))).toBe('ok')
  })
})
