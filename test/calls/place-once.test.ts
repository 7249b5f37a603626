import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import { sweep } from '../../src/calls/sweep.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { retry } from '../../src/verifications/retry.ts'
import { openTenant } from '../setup/tenant.ts'
import {
  begin,
  dialled,
  endLifetime,
  eventsOf,
  jobOf,
  namespace,
  outcome,
  placeCalls,
  secondApp,
  stored,
  tally,
  uuidOf,
  wrongFor,
} from '../verifications/support.ts'
import { claimAndDie, comeBack, letWorkerBeDead, lookInTime, lookToTheEnd } from './dead-worker.ts'

const { test, client } = await openTenant()

describe('a call is placed once', () => {
  async function begun(fault?: FaultMode) {
    const { id, phone } = await begin(client)
    if (fault) {
      const own = namespace(test, client)
      test.sandbox.faults.add(own, { operator: 'telefon-ip', mode: fault, prefix: phone, count: 1 })
    }
    return { id, phone, job: await jobOf(test, id), rung: () => dialled(test, client, phone) }
  }

  /** Faults that last until they are removed. */
  const operators = {
    add: (mode: FaultMode) =>
      test.sandbox.faults.add(namespace(test, client), { operator: 'telefon-ip', mode, prefix: '+' }),
    mend: () => test.sandbox.faults.clear(namespace(test, client)),
  }

  const callsOf = async (id: string) => (await stored(test, id)).calls

  it('however many jobs there are for it, at once over two workers', async () => {
    const { id, job, rung } = await begun()
    const other = { ...secondApp(test).app, actor: { type: 'worker' as const }, requestId: null }
    await Promise.all(Array.from({ length: 20 }, (_, i) => place(i % 2 ? test.worker : other, job)))
    await other.close()
    expect(rung()).toHaveLength(1)
    expect(tally(await eventsOf(test, id))).toMatchObject({ 'attempt.placing': 1, 'attempt.placed': 1 })
    expect(await callsOf(id)).toMatchObject([{ status: 'placed' }])
  })

  it('and a second job after the placing or the end does nothing', async () => {
    const { id, job, rung } = await begun()
    await place(test.worker, job)
    const before = await stored(test, id)
    await place(test.worker, job)
    expect(await stored(test, id)).toEqual(before)
    expect(rung()).toHaveLength(1)
  })

  it('if its worker stops midway: it does not count as dead before its time', async () => {
    const { id, job, rung } = await begun()
    await claimAndDie(test, job)
    const before = await stored(test, id)
    await adopt(test.worker, job)
    await place(test.worker, job)
    expect(await stored(test, id)).toEqual(before)
    expect(rung()).toEqual([])
  })

  it('if its worker dies after the request: the call is found again, with its code', async () => {
    const { id, job, rung } = await begun()
    await claimAndDie(test, job, { asks: true })
    await letWorkerBeDead(test, job)
    await adopt(test.worker, job)
    expect(await eventsOf(test, id)).toContain('attempt.unclear')
    await adopt(test.worker, job)
    const [call] = await callsOf(id)
    expect(['placed', 'no_answer']).toContain(call?.status)
    expect(await eventsOf(test, id)).toContain('attempt.adopted')
    expect(rung()).toHaveLength(1)
    expect(await outcome(confirm(client, { id, code: rung()[0]?.code ?? '' }))).toBe('ok')
    expect((await readAudit(client, { id })).chain).toBe('intact')
  })

  it('if its worker dies before the request: nothing is found, the call is never placed, and the next account calls', async () => {
    const { id, job, rung } = await begun()
    await claimAndDie(test, job)
    await letWorkerBeDead(test, job)
    await adopt(test.worker, job)
    await lookToTheEnd(test, job)
    expect(rung()).toEqual([])
    expect(await callsOf(id)).toMatchObject([{ status: 'unknown', assumed: true }, { status: 'queued' }])
    await place(test.worker, job)
    await placeCalls(test, id)
    expect(rung().map(({ operator }) => operator)).toEqual(['new-tel'])
  })

  it('and if several of the operator’s records fit, none is taken, and no account calls again', async () => {
    const { id, phone, job, rung } = await begun('http_500_after_call')
    await place(test.worker, job)
    // The operator called the same phone for another client in the same moment.
    const [call] = rung()
    if (!call) throw new Error('nothing was dialled')
    test.sandbox.calls.dial({ ...call, phone, code: wrongFor(call.code) })
    await lookToTheEnd(test, job)
    expect(await stored(test, id)).toMatchObject({
      status: 'failed',
      failureCode: 'unknown',
      calls: [{ status: 'unknown', assumed: true, operatorRow: null }],
    })
    expect(await eventsOf(test, id)).not.toContain('attempt.adopted')
    expect(rung()).toHaveLength(2)
  })

  it('however many jobs search for it at once: an early search proves nothing', async () => {
    const { id, phone, job, rung } = await begun('http_500_after_call')
    await place(test.worker, job)
    const [call] = rung()
    if (!call) throw new Error('nothing was dialled')
    // The operator writes its records late.
    call.phone = '+79000000000'
    for (let i = 0; i < 5; i++) await Promise.all([adopt(test.worker, job), adopt(test.worker, job)])
    expect(await callsOf(id)).toMatchObject([{ status: 'placing', looks: 0 }])
    call.phone = phone
    await lookInTime(test, job)
    expect(await eventsOf(test, id)).toContain('attempt.adopted')
    expect(rung()).toHaveLength(1)
  })

  it('and if the operator and its records are unreachable, the next account calls', async () => {
    const { id, job, rung } = await begun('http_500')
    await place(test.worker, job)
    operators.add('down')
    await lookToTheEnd(test, job)
    operators.mend()
    await placeCalls(test, id)
    expect(await callsOf(id)).toMatchObject([{ status: 'unknown' }, { provider: 'new-tel' }])
    expect(rung().map(({ operator }) => operator)).toEqual(['new-tel'])
  })

  it.each([
    ['cancelled', (id: string) => cancel(client, { id })],
    ['expired', (id: string) => endLifetime(test, id)],
  ])('and is given up when they cannot be read and its verification is %s', async (_, end) => {
    const { id, job, rung } = await begun('reset_after_call')
    await place(test.worker, job)
    operators.add('down')
    await end(id)
    await lookToTheEnd(test, job)
    operators.mend()
    expect(await callsOf(id)).toMatchObject([{ status: 'unknown', endedAt: expect.any(Date) }])
    await place(test.worker, job)
    expect(rung()).toHaveLength(1)
  })

  it('and two attempts that search for calls to one phone at once each find their own', async () => {
    const lost = []
    for (let i = 0; i < 2; i++) {
      const { id, phone } = await begin(client, { phone: '+79245550001' })
      const own = namespace(test, client)
      test.sandbox.faults.add(own, {
        operator: 'telefon-ip',
        mode: 'http_500_after_call',
        prefix: phone,
        count: 1,
      })
      await placeCalls(test, id)
      lost.push(await jobOf(test, id))
    }
    await Promise.all(lost.map((job) => lookToTheEnd(test, job)))
    const rows = await test.app.db.sql<{ operatorRow: string | null }[]>`
      select operator_row from attempts where id = any(${lost.map((job) => job.attempt)}::uuid[])`
    const taken = rows.flatMap((row) => row.operatorRow ?? [])
    expect(taken).toEqual([...new Set(taken)])
    expect(dialled(test, client, '+79245550001')).toHaveLength(2)
  })

  it('and an answer after the search ended makes its code right', async () => {
    const { id, job, rung } = await begun()
    const lost = await claimAndDie(test, job, { asks: true, hidden: true })
    await letWorkerBeDead(test, job)
    await adopt(test.worker, job)
    await lookToTheEnd(test, job)
    expect(await callsOf(id)).toMatchObject([{ status: 'unknown' }, { status: 'queued' }])
    expect(await outcome(confirm(client, { id, code: lost.code }))).toBe('code_not_ready')
    await comeBack(test, lost)
    expect(await callsOf(id)).toMatchObject([{ status: 'unknown' }, { status: 'queued' }])
    expect(await outcome(confirm(client, { id, code: lost.code }))).toBe('ok')
    expect(rung()).toHaveLength(0)
    expect((await readAudit(client, { id })).chain).toBe('intact')
  })

  it('and if no account is left, a code of our own stays right', async () => {
    const { id, rung } = await lostAtNewTel()
    expect(await stored(test, id)).toMatchObject({
      status: 'calling',
      calls: [{ status: 'rejected' }, { status: 'unknown', assumed: true, codeHash: expect.any(Buffer) }],
    })
    await sweep(test.worker)
    expect(rung()).toHaveLength(1)
    expect(await outcome(confirm(client, { id, code: rung()[0]?.code ?? '' }))).toBe('ok')
  })

  it('and while the person may have seen a code of ours, no other account calls by itself', async () => {
    const { id, phone } = await begin(client)
    const own = namespace(test, client)
    // New-Tel comes first: telefon-ip was the last to call in the round before.
    await test.app.db.sql`
      update attempts set account_id = (
        select id from provider_accounts where sandbox_tenant_id = ${client.actor.tenantId} and provider = 'telefon-ip'),
        provider = 'telefon-ip', status = 'rejected', ended_at = now(), placing_at = now() - interval '1 min'
      where verification_id = ${uuidOf(id)}`
    test.sandbox.faults.add(own, { operator: 'new-tel', mode: 'bad_signature_after_call', prefix: phone })
    expect(await outcome(retry(client, { id }))).toBe('ok')
    await placeCalls(test, id)
    const [call] = dialled(test, client, phone)
    if (call) call.at -= 120_000
    await lookToTheEnd(test, await jobOf(test, id, 1))
    expect(await stored(test, id)).toMatchObject({
      status: 'calling',
      calls: [{ status: 'rejected' }, { status: 'unknown', provider: 'new-tel' }],
    })
    expect(await outcome(confirm(client, { id, code: call?.code ?? '' }))).toBe('ok')
  })

  it('and if no account is left, only a client’s retry calls again', async () => {
    const { id, job, rung } = await lostAtNewTel()
    expect(await outcome(retry(client, { id }))).toBe('retry_too_soon')
    for (const { id: attempt } of await callsOf(id)) await letWorkerBeDead(test, { ...job, attempt })
    expect(await outcome(retry(client, { id }))).toBe('ok')
    await placeCalls(test, id)
    expect(rung().map(({ operator }) => operator)).toEqual(['new-tel', 'telefon-ip'])
    expect(await outcome(confirm(client, { id, code: rung()[0]?.code ?? '' }))).toBe('ok')
  })

  /** telefon-ip refuses; New-Tel calls, its answer is lost, and its records omit the call. */
  async function lostAtNewTel() {
    const { id, phone } = await begun('refuse')
    const own = namespace(test, client)
    const mode = 'bad_signature_after_call'
    test.sandbox.faults.add(own, { operator: 'new-tel', mode, prefix: phone, count: 1 })
    await placeCalls(test, id)
    await placeCalls(test, id)
    const [, second] = await callsOf(id)
    expect(second).toMatchObject({ status: 'placing', provider: 'new-tel' })
    const job = await jobOf(test, id, 1)
    const rung = () => dialled(test, client, phone)
    const [call] = rung()
    // The operator's records lose the call, though the handset rang.
    if (call) call.at -= 120_000
    await lookToTheEnd(test, job)
    return { id, job, rung }
  }
})
