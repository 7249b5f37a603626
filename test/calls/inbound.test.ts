import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { concludeCall, place } from '../../src/calls/place.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { drawCallTo } from '../../src/verifications/call-to.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { next } from '../../src/verifications/next.ts'
import { prove } from '../../src/verifications/prove.ts'
import { get } from '../../src/verifications/read.ts'
import { retry } from '../../src/verifications/retry.ts'
import { openTenant } from '../setup/tenant.ts'
import { waitFor } from '../setup/wait.ts'
import {
  begin,
  dialled,
  endLifetime,
  eventsOf,
  jobOf,
  letPauseEnd,
  namespace,
  newPhone,
  outcome,
  placeCalls,
  refusal,
  stored,
} from '../verifications/support.ts'
import { claimAndDie, letWorkerBeDead } from './dead-worker.ts'
import { inbound, inboundOf } from './inbound-support.ts'

const { test, client } = await openTenant()
await updatePolicy(client, { phone_pause_seconds: null })
await waitFor(
  async () => (await test.app.policies.of(client.actor.tenantId)).policy.phone_pause_seconds === null,
)
const { await: awaitCall, callIn, pollOnce, letTimeEnd } = inboundOf(test, client)
const own = namespace(test, client)
const sms = { channel: 'sms', wait_seconds: 45 } as const

describe('an inbound call', () => {
  it('shows its number once the operator has given it, and approves when this phone calls it', async () => {
    const started = await begin(client, { channel: 'inbound_call', device: 'a phone' })
    expect(started).toMatchObject({ code_lengths: [], call_to: null, channel: 'inbound_call' })
    expect(await refusal(drawCallTo(client, started))).toMatchObject({ code: 'not_found' })
    await placeCalls(test, started.id)
    const { call_to } = await get(client, started)
    expect(call_to).toMatchObject({
      number: '+74957770101',
      uri: 'tel:+74957770101',
      display: expect.stringMatching(/^\+7 495 /),
    })
    const left = Date.parse(call_to?.expires_at ?? '') - Date.now()
    expect(left).toBeGreaterThan(100_000)
    expect(left).toBeLessThanOrEqual(120_000)
    expect(await drawCallTo(client, started)).toMatch(/^<svg [^>]+><rect/)

    await pollOnce(started.id)
    expect((await get(client, started)).status).toBe('calling')
    expect(await callIn(started.phone, '+74957770101')).toBe(true)
    await pollOnce(started.id)
    const approved = await get(client, started)
    expect(approved).toMatchObject({ status: 'approved', channel: 'inbound_call', call_to: null })
    expect(approved.attempts_detail).toMatchObject([{ status: 'called' }])
    expect(decodeJwt((await prove(client, started)).proof)).toMatchObject({
      sub: started.phone,
      amr: ['inbound_call'],
    })
    const { chain, data } = await readAudit(client, started)
    expect([chain, data.at(-1)?.type]).toEqual(['intact', 'verification.approved'])
    const known = await test.app.db
      .sql`select from known_requesters where tenant_id = ${client.actor.tenantId}`
    expect(known).toHaveLength(1)
  })

  it('is not approved by a call of another phone: an event, without its number, and it goes on', async () => {
    const { id, phone, number } = await awaitCall()
    const [request] = dialled(test, client, phone)
    const other = newPhone()
    if (request?.awaits) Object.assign(request, { phone: other })
    if (request?.awaits) request.awaits.calledAt = 0
    await pollOnce(id)
    await pollOnce(id)
    expect(await get(client, { id })).toMatchObject({ status: 'calling', call_to: { number } })
    const { data } = await readAudit(client, { id })
    const events = data.filter(({ type }) => type === 'attempt.other_caller')
    expect(events).toHaveLength(1)
    expect(JSON.stringify(data)).not.toContain(other.slice(2))
    if (request) Object.assign(request, { phone })
    await pollOnce(id)
    expect((await get(client, { id })).status).toBe('approved')
  })

  it('expects no code, alone or beside a step that has none yet', async () => {
    const { id } = await awaitCall()
    expect(await refusal(confirm(client, { id, code: '1234' }))).toMatchObject({
      code: 'no_code_expected',
      status: 409,
    })
    const steps = await awaitCall({ workflow: [inbound, sms] })
    expect(steps.code_lengths).toEqual([4, 6])
    expect(await outcome(confirm(client, { ...steps, code: '1234' }))).toBe('no_code_expected')
    await next(client, steps)
    expect(await outcome(confirm(client, { ...steps, code: '1234' }))).toBe('code_not_ready')
  })

  it('that nobody makes leads to the next step, or fails the verification without one', async () => {
    const alone = await awaitCall()
    await letTimeEnd(alone.id)
    await pollOnce(alone.id)
    expect(await get(client, alone)).toMatchObject({
      status: 'failed',
      failure: { code: 'unreachable' },
      call_to: null,
      attempts_detail: [{ status: 'not_called' }],
    })
    const steps = await awaitCall({ workflow: [inbound, sms] })
    await letTimeEnd(steps.id)
    await pollOnce(steps.id)
    expect((await stored(test, steps.id)).nextAt?.getTime()).toBeLessThanOrEqual(Date.now() + 1000)
  })

  it('approves during a later step, and its code after that approves no more', async () => {
    const steps = await awaitCall({ workflow: [inbound, sms] })
    await next(client, steps)
    await placeCalls(test, steps.id)
    expect(await get(client, steps)).toMatchObject({ channel: 'sms', call_to: { number: steps.number } })
    await callIn(steps.phone, steps.number)
    await pollOnce(steps.id)
    expect(await get(client, steps)).toMatchObject({ status: 'approved', channel: 'inbound_call' })
    const code = dialled(test, client, steps.phone).at(-1)?.code ?? ''
    expect(await outcome(confirm(client, { ...steps, code }))).toBe('verification_not_active')
  })

  it('that comes after the end or the lifetime approves nothing', async () => {
    const [cancelled, late] = [await awaitCall(), await awaitCall()]
    await cancel(client, cancelled)
    await endLifetime(test, late.id)
    for (const { id, phone, number } of [cancelled, late]) {
      await callIn(phone, number)
      await pollOnce(id)
    }
    expect(await get(client, cancelled)).toMatchObject({
      status: 'cancelled',
      attempts_detail: [{ status: 'called' }],
    })
    expect((await get(client, late)).status).toBe('expired')
  })

  it('is approved once, however many workers hear of it', async () => {
    const { id, phone, number } = await awaitCall()
    await callIn(phone, number)
    await Promise.all(Array.from({ length: 5 }, () => pollOnce(id)))
    const events = await eventsOf(test, id)
    expect(events.filter((type) => type === 'verification.approved')).toHaveLength(1)
    expect(events.filter((type) => type === 'attempt.status')).toHaveLength(1)
  })

  it('stays open while the operator cannot be read, and proves nothing then', async () => {
    const { id } = await awaitCall()
    test.sandbox.faults.add(own, { operator: 'telefon-ip', mode: 'status_500', prefix: '+' })
    await pollOnce(id)
    expect((await get(client, { id })).status).toBe('calling')
    await letTimeEnd(id)
    await pollOnce(id)
    test.sandbox.faults.clear(own)
    expect(await get(client, { id })).toMatchObject({
      status: 'calling',
      call_to: null,
      attempts_detail: [{ status: 'unknown' }],
    })
  })
})

describe('two verifications that share a number', () => {
  it('of two phones are each approved by their own phone alone', async () => {
    const [one, other] = [await awaitCall(), await awaitCall()]
    expect(one.number).toBe(other.number)
    await callIn(other.phone, one.number)
    await pollOnce(one.id)
    await pollOnce(other.id)
    expect([(await get(client, one)).status, (await get(client, other)).status]).toEqual([
      'calling',
      'approved',
    ])
  })

  it('never await calls of one phone: the later one moves on without asking the operator', async () => {
    const phone = newPhone()
    const own = await awaitCall({ phone, channel: 'inbound_call', device: 'own' })
    const [, ...before] = dialled(test, client, phone)
    expect(before).toEqual([])
    const stranger = await awaitCall({ phone, channel: 'inbound_call', device: 'stranger' })
    expect(await get(client, stranger)).toMatchObject({ status: 'failed', call_to: null, attempts: 0 })
    expect(dialled(test, client, phone)).toHaveLength(1)
    await callIn(phone, own.number)
    await pollOnce(own.id)
    expect((await get(client, own)).status).toBe('approved')
    const again = await awaitCall({ phone, channel: 'inbound_call', device: 'third' })
    expect((await get(client, again)).call_to?.number).toBe(own.number)
  })

  it('let a new start of the same requester take the place of the old one', async () => {
    const phone = newPhone()
    const first = await awaitCall({ phone, channel: 'inbound_call' })
    const second = await awaitCall({ phone, channel: 'inbound_call' })
    expect((await get(client, first)).status).toBe('cancelled')
    await callIn(phone, second.number)
    await pollOnce(first.id)
    await pollOnce(second.id)
    expect([(await get(client, first)).status, (await get(client, second)).status]).toEqual([
      'cancelled',
      'approved',
    ])
  })
})

describe('a number that is not told', () => {
  it.each(['http_500_after_call', 'garbage_after_call', 'reset_after_call'] as const)(
    'because of %s, ends the attempt at once: nobody can call',
    async (mode) => {
      test.sandbox.faults.add(own, { operator: 'telefon-ip', mode, prefix: '+', count: 1 })
      const { id } = await awaitCall()
      expect(await get(client, { id })).toMatchObject({
        status: 'failed',
        failure: { code: 'unreachable' },
        attempts_detail: [{ status: 'failed' }],
      })
    },
  )

  it('because its worker died, is asked for no more, and a late answer changes nothing', async () => {
    const { id } = await begin(client, { workflow: [inbound, sms] })
    const job = await jobOf(test, id)
    const lost = await claimAndDie(test, job, { asks: true })
    await adopt(test.worker, job)
    expect((await stored(test, id)).calls).toMatchObject([{ status: 'placing' }])
    await letWorkerBeDead(test, job)
    await adopt(test.worker, job)
    const { calls, nextAt } = await stored(test, id)
    expect(calls).toMatchObject([{ status: 'failed' }])
    expect(nextAt?.getTime()).toBeLessThanOrEqual(Date.now() + 1000)
    if (lost.answer) await concludeCall(test.worker, lost.job, lost.call, lost.answer)
    expect(await get(client, { id })).toMatchObject({ call_to: null })
  })
})

describe('a retry of an inbound call', () => {
  it('asks for a new number, and that one approves', async () => {
    const { id, phone, number } = await awaitCall()
    await letPauseEnd(test, id)
    await retry(client, { id })
    await place(test.worker, await jobOf(test, id, 1))
    const { call_to, attempts } = await get(client, { id })
    expect([call_to?.number, attempts]).toEqual([number, 2])
    await callIn(phone, number)
    await pollOnce(id, 0)
    expect((await get(client, { id })).status).toBe('calling')
    await pollOnce(id, 1)
    expect((await get(client, { id })).status).toBe('approved')
  })
})
