import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import type { ClientContext } from '../../src/context.ts'
import type { JobPayload } from '../../src/queue/jobs.ts'
import type { FaultMode } from '../../src/sandbox/faults.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import {
  begin,
  dialled,
  eventsOf,
  namespace,
  outcome,
  placeCalls,
  secondApp,
  stored,
  tally,
  uuidOf,
  wrongFor,
} from '../verifications/support.ts'
import { claimAndDie, comeBack, letWorkerBeDead } from './dead-worker.ts'

describe('a call is placed once', () => {
  let test: TestApp
  let client: ClientContext
  beforeAll(async () => {
    test = await startTestApp()
    client = await test.newTenant()
  })
  afterAll(() => test.stop())

  async function begun(fault?: FaultMode) {
    const { id, phone } = await begin(client)
    if (fault) {
      const own = namespace(test, client)
      test.sandbox.faults.add(own, { operator: 'telefon-ip', mode: fault, prefix: phone, count: 1 })
    }
    const { calls } = await stored(test, id)
    const job: JobPayload = { verification: uuidOf(id), attempt: calls[0]?.id ?? '' }
    return { id, phone, job, rung: () => dialled(test, client, phone) }
  }

  const callsOf = async (id: string) => (await stored(test, id)).calls

  /** Looks for the lost call as often as its account says. */
  async function lookToTheEnd(job: JobPayload): Promise<void> {
    for (let i = 0; i < 3; i++) await adopt(test.worker, job)
  }

  it('however many jobs there are for it, at once and over two workers', async () => {
    const { id, job, rung } = await begun()
    const other = { ...secondApp(test).app, actor: { type: 'worker' as const }, requestId: null }
    await Promise.all(Array.from({ length: 20 }, (_, i) => place(i % 2 ? test.worker : other, job)))
    await other.close()
    expect(rung()).toHaveLength(1)
    expect(tally(await eventsOf(test, id))).toMatchObject({ 'attempt.placing': 1, 'attempt.placed': 1 })
    expect(await callsOf(id)).toMatchObject([{ status: 'placed' }])
  })

  it('and a second job after it, or after its end, does nothing', async () => {
    const { id, job, rung } = await begun()
    await place(test.worker, job)
    const before = await stored(test, id)
    await place(test.worker, job)
    expect(await stored(test, id)).toEqual(before)
    expect(rung()).toHaveLength(1)
  })

  it('after a worker died in the middle: not taken for dead before its time', async () => {
    const { id, job, rung } = await begun()
    await claimAndDie(test, job)
    const before = await stored(test, id)
    await adopt(test.worker, job)
    await place(test.worker, job)
    expect(await stored(test, id)).toEqual(before)
    expect(rung()).toEqual([])
  })

  it('by a worker that died after asking: the call is found again, with its code', async () => {
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

  it('by a worker that died before asking: nothing is found, that call is never made, and the next account calls', async () => {
    const { id, job, rung } = await begun()
    await claimAndDie(test, job)
    await letWorkerBeDead(test, job)
    await adopt(test.worker, job)
    await lookToTheEnd(job)
    expect(rung()).toEqual([])
    expect(await callsOf(id)).toMatchObject([{ status: 'unknown', assumed: true }, { status: 'queued' }])
    await place(test.worker, job)
    await placeCalls(test, id)
    expect(rung().map(({ operator }) => operator)).toEqual(['new-tel'])
  })

  it('and where several of the operator’s records could be it, none is taken', async () => {
    const { id, phone, job, rung } = await begun('http_500_after_call')
    await place(test.worker, job)
    // The operator rang the same phone for somebody else in the same moment.
    const [call] = rung()
    if (!call) throw new Error('nothing was dialled')
    test.sandbox.calls.dial({ ...call, phone, code: wrongFor(call.code) })
    await adopt(test.worker, job)
    expect(await callsOf(id)).toMatchObject([{ status: 'unknown', operatorRow: null }, { status: 'queued' }])
    expect(await eventsOf(test, id)).not.toContain('attempt.adopted')
  })

  it('and of two attempts that look for their calls to one phone at once, each finds its own', async () => {
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
      const [call] = await callsOf(id)
      lost.push({ verification: uuidOf(id), attempt: call?.id ?? '' })
    }
    await Promise.all(lost.map((job) => lookToTheEnd(job)))
    const rows = await test.app.db.sql<{ operatorRow: string | null }[]>`
      select operator_row from attempts where id = any(${lost.map((job) => job.attempt)}::uuid[])`
    const taken = rows.flatMap((row) => row.operatorRow ?? [])
    expect(taken).toEqual([...new Set(taken)])
    expect(dialled(test, client, '+79245550001')).toHaveLength(2)
  })

  it('and an answer that comes after the call was given up makes its code right', async () => {
    const { id, job, rung } = await begun()
    const lost = await claimAndDie(test, job, { asks: true, hidden: true })
    await letWorkerBeDead(test, job)
    await adopt(test.worker, job)
    await lookToTheEnd(job)
    expect(await callsOf(id)).toMatchObject([{ status: 'unknown' }, { status: 'queued' }])
    expect(await outcome(confirm(client, { id, code: lost.code }))).toBe('code_not_ready')
    await comeBack(test, lost)
    expect(await callsOf(id)).toMatchObject([{ status: 'unknown' }, { status: 'queued' }])
    expect(await outcome(confirm(client, { id, code: lost.code }))).toBe('ok')
    expect(rung()).toHaveLength(0)
    expect((await readAudit(client, { id })).chain).toBe('intact')
  })

  it('and a code of our own stays right when nobody can tell whether the call was placed', async () => {
    const { id, phone } = await begin(client)
    const own = namespace(test, client)
    test.sandbox.faults.add(own, { operator: 'telefon-ip', mode: 'refuse', prefix: phone, count: 1 })
    test.sandbox.faults.add(own, {
      operator: 'new-tel',
      mode: 'bad_signature_after_call',
      prefix: phone,
      count: 1,
    })
    await placeCalls(test, id)
    await placeCalls(test, id)
    const [, second] = await callsOf(id)
    expect(second).toMatchObject({ status: 'placing', provider: 'new-tel' })
    const [call] = dialled(test, client, phone)
    // Its operator has forgotten it.
    if (call) call.phone = '+79000000000'
    await lookToTheEnd({ verification: uuidOf(id), attempt: second?.id ?? '' })
    expect((await stored(test, id)).status).toBe('failed')
    expect((await callsOf(id))[1]).toMatchObject({ status: 'unknown', codeHash: expect.any(Buffer) })
  })
})
