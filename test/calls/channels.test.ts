import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { SummaryQuery } from '../../src/billing/records/schemas.ts'
import { summarize } from '../../src/billing/records/summary.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { claimCall, concludeCall, place } from '../../src/calls/place.ts'
import { poll } from '../../src/calls/poll.ts'
import { sandboxCalls, sandboxMessages } from '../../src/calls/sandbox-calls.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { createRoute, updateRoute } from '../../src/routing/routes.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { moveOn } from '../../src/verifications/next.ts'
import { get } from '../../src/verifications/read.ts'
import { openTenant } from '../setup/tenant.ts'
import { waitFor } from '../setup/wait.ts'
import {
  begin,
  dialled,
  jobOf,
  namespace,
  newPhone,
  placeCalls,
  refusal,
  stored,
} from '../verifications/support.ts'
import { claimAndDie, letWorkerBeDead, lookToTheEnd } from './dead-worker.ts'
import { openLive } from './live-accounts.ts'

const { test, client } = await openTenant({ shortCalls: true })
await test.app.db.sql`
  update provider_accounts set settings = settings || '{"adopt_after_seconds": [0.2, 0.4]}'`
await updatePolicy(client, { phone_pause_seconds: null })
await waitFor(
  async () => (await test.app.policies.of(client.actor.tenantId)).policy.phone_pause_seconds === null,
)

const live = await openLive(test)

const VERBS = { queued: place, placed: poll, placing: adopt } as const

/** Runs the next step of every open attempt until none is open. */
async function runToTheEnd(id: string): Promise<void> {
  await waitFor(
    async () => {
      const { id: verification, calls } = await stored(test, id)
      const open = calls.filter(({ endedAt }) => endedAt === null)
      for (const { id: attempt, status } of open) {
        await VERBS[status as keyof typeof VERBS](test.worker, { verification, attempt })
      }
      return open.length === 0
    },
    { timeoutMs: 28_000 },
  )
}

describe.each(['sms', 'telegram'] as const)('a verification by %s', (channel) => {
  const code_lengths = channel === 'sms' ? [4, 6] : [4]
  /** How many operators have the channel. */
  const operators = code_lengths.length

  it('is approved by the code of the message that the phone received', async () => {
    const { id, phone, ...started } = await begin(client, { channel })
    expect(started).toMatchObject({ channel, code_length: null, code_lengths, caller_hint: null })
    await runToTheEnd(id)
    const { data } = await sandboxMessages(client, { phone })
    expect(data).toMatchObject([{ to: phone, channel, from: 'telefon-ip' }])
    expect((await sandboxCalls(client, { phone })).data).toEqual([])
    expect(await get(client, { id })).toMatchObject({
      status: 'delivered',
      code_length: 4,
      code_lengths,
      caller_hint: null,
      attempts_detail: [{ channel, status: 'delivered', caller_hint: null, cost: { amount: '0.200000' } }],
    })
    const [code = ''] = /\d{4}/.exec(data[0]?.text ?? '') ?? []
    const { proof } = await confirm(client, { id, code })
    expect(decodeJwt(proof)).toMatchObject({ sub: phone, amr: [channel] })
    const { data: events, chain } = await readAudit(client, { id })
    expect(chain).toBe('intact')
    expect(events.filter(({ type }) => type === 'attempt.queued')).toMatchObject([{ data: { channel } }])
    expect(JSON.stringify(events)).not.toContain(`"${code}"`)
  })

  it.each([
    ['+79000000001', 'delivered', ['delivered']],
    ['+79000000003', 'failed', ['no_such_number']],
    ['+79000000004', 'failed', ['unreachable']],
    ['+79000000006', 'delivered', ['delivered']],
    ['+79000000007', 'failed', ['rejected']],
    ['+79000000010', 'delivered', ['delivered']],
  ])('to %s ends as %s, with one message of an operator at most', async (phone, status, statuses) => {
    const { id } = await begin(client, { channel, phone })
    await runToTheEnd(id)
    const ended = await get(client, { id })
    expect(ended.status).toBe(status)
    const [end] = statuses
    const mayGoOn = end === 'unreachable' || end === 'rejected'
    expect(ended.attempts_detail.map((attempt) => attempt.status)).toEqual(
      mayGoOn ? Array(operators).fill(end) : statuses,
    )
    const sent = dialled(test, client, phone).filter((call) => call.channel === channel)
    expect(sent.length).toBeLessThanOrEqual(mayGoOn ? operators : 1)
  })

  it('that the operator sent to another phone is not approved by its code', async () => {
    const { id } = await begin(client, { channel })
    const job = await jobOf(test, id)
    const call = await claimCall(test.worker, job)
    if (!call?.code) throw new Error('a message has a code of ours')
    const detail = 'a success about another phone'
    await concludeCall(test.worker, job, call, { kind: 'unclear', detail, isOfAnother: true })
    expect(await refusal(confirm(client, { id, code: call.code }))).toMatchObject({ code: 'code_not_ready' })
    expect((await stored(test, id)).calls).toMatchObject([{ status: 'placing' }])
  })

  it('whose answer was lost takes no record with another code', async () => {
    const { id, phone } = await begin(client, { channel })
    const job = await jobOf(test, id)
    await claimAndDie(test, job, { asks: true, hidden: true })
    await test.app.db.sql`
      update attempts set placing_at = placing_at - interval '31 s' where id = ${job.attempt}`
    await adopt(test.worker, job)
    const [own] = dialled(test, client, phone)
    const code = own?.code === '0000' ? '0001' : '0000'
    test.sandbox.calls.dial({
      namespace: namespace(test, client),
      operator: 'telefon-ip',
      channel,
      phone,
      code,
      course: { end: 'delivered', ringsAfterMs: 0, endsAfterMs: 0, reportedAfterMs: 0, rewritten: false },
    })
    await lookToTheEnd(test, job)
    const { calls } = await stored(test, id)
    expect(calls).toMatchObject([{ status: 'unknown', operatorRow: null, codeHash: expect.any(Buffer) }])
  })
})

describe('a flash call that vanishes', () => {
  it('is never delivered at any operator, and its code may still be typed', async () => {
    const phone = '+79000000010'
    const { id } = await begin(client, { phone })
    await placeCalls(test, id)
    await poll(test.worker, await jobOf(test, id))
    expect(await get(client, { id })).toMatchObject({ status: 'calling', code_lengths: [4, 5] })
    expect((await sandboxCalls(client, { phone })).data).toEqual([])
  })
})

describe('a call whose answer was lost', () => {
  /** A message that did not arrive, and at once the call of the next step. */
  async function callAfterMessage(asks: boolean) {
    const phone = '+79000000004'
    const before = dialled(test, client, phone).length
    const { id } = await begin(client, {
      phone,
      workflow: [
        { channel: 'telegram', wait_seconds: 45 },
        { channel: 'flash_call', wait_seconds: 45 },
      ],
    })
    await runToTheEnd(id)
    await moveOn(test.worker, await jobOf(test, id))
    const job = await jobOf(test, id, 1)
    const { code } = await claimAndDie(test, job, { asks })
    await letWorkerBeDead(test, job)
    await adopt(test.worker, job)
    expect(dialled(test, client, phone)).toHaveLength(before + (asks ? 2 : 1))
    await lookToTheEnd(test, job)
    return { job, code, call: (await stored(test, id)).calls[1] }
  }

  it('and that was never placed takes no record of such a message', async () => {
    const { call } = await callAfterMessage(false)
    expect(call).toMatchObject({ status: 'unknown', operatorRow: null, codeHash: null })
  })

  it('is found beside the record of a message that did not arrive', async () => {
    const { call, job, code } = await callAfterMessage(true)
    const codeHash = test.app.secrets.hashCode(job.verification, code)
    expect(call).toMatchObject({ operatorRow: expect.any(String), codeHash })
  })
})

describe('a channel without an operator', () => {
  it('for the phone is refused', async () => {
    expect(await refusal(begin(client, { channel: 'telegram', phone: '+12025550123' }))).toMatchObject({
      code: 'destination_denied',
      status: 403,
    })
    await expect(begin(client, { channel: 'flash_call', phone: '+12025550123' })).resolves.toMatchObject({
      code_lengths: [5],
    })
  })
})

describe('the calling number', () => {
  it('is announced for a call from the account’s setting, and never for a message', async () => {
    const caller = { prefixes: ['+7495'], number_length: 11 }
    const account = await live.newAccount('telefon-ip', { caller })
    const { id, phone, job } = await live.beginAt(account)
    expect((await get(live.client, { id })).caller_hint).toBeNull()
    await place(test.worker, job)
    const hint = { prefix: '+7495', length: 11, masked: '+7 495 ···-••-••' }
    expect(await get(live.client, { id })).toMatchObject({
      caller_hint: hint,
      attempts_detail: [{ caller_hint: hint }],
    })

    await createRoute(live.client, { prefix: phone, channel: 'sms', accounts: [account.id] })
    await waitFor(async () => {
      const destination = {
        tenantId: live.client.actor.tenantId,
        livemode: true,
        phone,
        channel: 'sms' as const,
      }
      return (await test.app.routing.candidates(destination)).length > 0
    })
    await updatePolicy(live.client, { phone_pause_seconds: null })
    await waitFor(
      async () =>
        (await test.app.policies.of(live.client.actor.tenantId)).policy.phone_pause_seconds === null,
    )
    const text = await begin(live.client, { phone, channel: 'sms' })
    await placeCalls(test, text.id)
    expect(await get(live.client, text)).toMatchObject({ code_length: 4, caller_hint: null })
  })
})

describe('a live route of a channel', () => {
  it('serves that channel alone, and takes only accounts that have it', async () => {
    const [telefonIp, newTel] = [await live.newAccount(), await live.newAccount('new-tel')]
    const phone = newPhone()
    await live.newRoute(phone, newTel)
    expect(await refusal(begin(live.client, { phone, channel: 'sms' }))).toMatchObject({ status: 403 })

    const without = await refusal(
      createRoute(live.client, { prefix: phone, channel: 'sms', accounts: [telefonIp.id, newTel.id] }),
    )
    expect(without).toMatchObject({ status: 422, options: { errors: [{ path: 'accounts.1' }] } })
    const route = await createRoute(live.client, {
      prefix: phone,
      channel: 'sms',
      accounts: [telefonIp.id],
    })
    const wrong = { id: route.id, changes: { channel: 'voice' as const } }
    expect(await refusal(updateRoute(live.client, wrong))).toMatchObject({ status: 422 })
    await waitFor(async () => {
      const destination = {
        tenantId: live.client.actor.tenantId,
        livemode: true,
        phone,
        channel: 'sms' as const,
      }
      return (await test.app.routing.candidates(destination)).length > 0
    })
    const { id } = await begin(live.client, { phone, channel: 'sms' })
    await runToTheEnd(id)
    expect(telefonIp.ledger(phone)).toMatchObject([{ channel: 'sms' }])
    expect(newTel.ledger(phone)).toEqual([])
    const summary = await summarize(live.client, SummaryQuery.parse({ group_by: 'channel' }))
    expect(summary.data.map(({ key, calls }) => [key, calls])).toEqual([
      ['flash_call', 1],
      ['sms', 2],
    ])
  })
})
