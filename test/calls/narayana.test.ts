import { inspect } from 'node:util'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import { adopt } from '../../src/calls/adopt.ts'
import { place } from '../../src/calls/place.ts'
import { sandboxCalls, sandboxMessages } from '../../src/calls/sandbox-calls.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { updateAccount } from '../../src/routing/accounts.ts'
import { FAULT_MODES } from '../../src/sandbox/faults.ts'
import { isMood } from '../../src/sandbox/moods.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { runToTheEnd } from '../billing/support.ts'
import { openTenant } from '../setup/tenant.ts'
import { waitFor } from '../setup/wait.ts'
import { begin, jobOf, outcome, placeCalls, stored } from '../verifications/support.ts'
import { type NarayanaAccount, openNarayana } from './narayana-accounts.ts'

const { test, client } = await openTenant({ shortCalls: true })
await updatePolicy(client, { phone_pause_seconds: null })
const live = await openNarayana(test)

/** The code that a phone was shown: the end of the number that called. */
const shownBy = (account: NarayanaAccount, phone: string) =>
  account.ledger(phone).at(-1)?.from.slice(-4) ?? ''

async function beginAt(account: NarayanaAccount, channel: 'flash_call' | 'voice' | 'sms' = 'flash_call') {
  const phone = await live.phoneOf(channel, account)
  return begin(live.client, { phone, channel })
}

describe('a flash call from a number of the account', () => {
  it('is approved by the end of the number that rang, and costs nothing unless it is answered', async () => {
    const account = await live.newAccount()
    expect(account.check).toMatchObject({ ok: true })
    const { id, phone } = await beginAt(account)
    await runToTheEnd(test, id)
    expect(await get(live.client, { id })).toMatchObject({
      status: 'delivered',
      code_length: 4,
      attempts_detail: [{ status: 'no_answer', cost: { amount: '0.000000', currency: 'EUR' } }],
    })
    const [call] = account.ledger(phone)
    expect(call?.from).toMatch(/^\+7495111\d{4}$/)
    expect(await confirm(live.client, { id, code: shownBy(account, phone) })).toMatchObject({
      status: 'approved',
    })
  })

  it('whose answer was lost is approved by the number that rang, and is found in the log', async () => {
    const account = await live.newAccount()
    account.fault('reset_after_call')
    const { id, phone } = await beginAt(account)
    await runToTheEnd(test, id)
    expect((await stored(test, id)).calls).toMatchObject([
      { status: 'no_answer', operatorRow: expect.any(String) },
    ])
    expect(await confirm(live.client, { id, code: shownBy(account, phone) })).toMatchObject({
      status: 'approved',
    })
    expect(account.ledger(phone)).toHaveLength(1)
  })

  it('is never delivered with a code that cannot be right: the route replaced the number', async () => {
    const account = await live.newAccount()
    await account.be('caller_replaced')
    const { id, phone } = await beginAt(account)
    await runToTheEnd(test, id)
    expect(await get(live.client, { id })).toMatchObject({
      status: 'calling',
      attempts_detail: [{ status: 'unknown' }],
    })
    expect((await stored(test, id)).calls[0]?.statusDetail).toBe('the route replaced the calling number')
    await waitFor(async () => {
      const [row] = await test.app.db.sql<{ delivered: number }[]>`
        select delivered from account_ratios where account_id = ${account.uuid} and delivered_calls = 1`
      return row !== undefined && row.delivered < 1
    })
    expect(await outcome(confirm(live.client, { id, code: shownBy(account, phone) }))).toBe('code_incorrect')
  })

  it.each([
    [4, 5],
    [5, 4],
  ])('is delivered though codes of %i digits have %i since it began', async (before, after) => {
    const account = await live.newAccount({ code_length: before })
    const { id } = await beginAt(account)
    await place(test.worker, await jobOf(test, id))
    await updateAccount(live.client, { id: account.id, changes: { settings: { code_length: after } } })
    await runToTheEnd(test, id)
    expect(await get(live.client, { id })).toMatchObject({ status: 'delivered', code_length: before })
  })

  it('is not adopted from the log with another number', async () => {
    const account = await live.newAccount()
    await account.be('caller_replaced')
    account.fault('reset_after_call')
    const { id } = await beginAt(account)
    await runToTheEnd(test, id)
    expect((await stored(test, id)).calls).toMatchObject([{ status: 'unknown', operatorRow: null }])
    expect((await get(live.client, { id })).status).toBe('calling')
  })

  it('through a callback is followed by phone and time', async () => {
    const account = await live.newAccount({ call_method: 'callback', callback_destination: '12345' })
    const { id, phone } = await beginAt(account)
    await runToTheEnd(test, id)
    expect(await get(live.client, { id })).toMatchObject({ status: 'delivered' })
    expect(await confirm(live.client, { id, code: shownBy(account, phone) })).toMatchObject({
      status: 'approved',
    })
  })
})

it.each(FAULT_MODES.filter((mode) => !isMood(mode) && !mode.startsWith('hang')))(
  'one attempt sends one request at most, with the fault %s',
  async (mode) => {
    const account = await live.newAccount({ breaker: false })
    account.fault(mode)
    const { id, phone } = await beginAt(account)
    const job = await jobOf(test, id)
    await Promise.all([place(test.worker, job), place(test.worker, job)])
    await place(test.worker, job)
    await adopt(test.worker, job)
    expect(account.ledger(phone).length).toBeLessThanOrEqual(1)
    expect((await stored(test, id)).calls).toHaveLength(1)
  },
)

it('a cost is in euros, also of an account whose balance could never be read', async () => {
  const account = await live.newAccount()
  await test.app.db.sql`delete from account_states where account_id = ${account.uuid}`
  await test.app.caches.changing(['accounts'], async () => {})
  const { id } = await beginAt(account)
  await runToTheEnd(test, id)
  expect(await get(live.client, { id })).toMatchObject({ attempts_detail: [{ cost: { currency: 'EUR' } }] })
})

describe('a test key', () => {
  it('gets a voice call that says a code of six digits', async () => {
    const { id, phone, ...started } = await begin(client, { channel: 'voice' })
    expect(started).toMatchObject({ channel: 'voice', code_lengths: [6] })
    await runToTheEnd(test, id)
    const { data } = await sandboxCalls(client, { phone })
    expect(data).toMatchObject([{ channel: 'voice', status: 'answered', text: expect.any(String) }])
    const code = (data[0]?.text ?? '').replace(/\D/g, '').slice(0, 6)
    const { proof } = await confirm(client, { id, code })
    expect(decodeJwt(proof)).toMatchObject({ sub: phone, amr: ['voice'] })
  })

  it('gets a text with six digits where telefon-ip does not reach', async () => {
    const { id, phone, ...started } = await begin(client, { channel: 'sms', phone: '+12025550123' })
    expect(started).toMatchObject({ code_lengths: [6] })
    await runToTheEnd(test, id)
    const { data } = await sandboxMessages(client, { phone })
    const [code = ''] = /\d{6}/.exec(data[0]?.text ?? '') ?? []
    expect(await confirm(client, { id, code })).toMatchObject({ status: 'approved' })
  })

  it('makes its flash calls through the others', async () => {
    const { id } = await begin(client)
    await placeCalls(test, id)
    expect((await stored(test, id)).calls).toMatchObject([{ provider: 'telefon-ip' }])
  })
})

it('a voice call that nobody answers reached nobody: its code is gone, and the next account calls', async () => {
  const first = await live.newAccount()
  const phone = '+79000000001'
  const { id } = await begin(client, { channel: 'voice', phone })
  await runToTheEnd(test, id)
  expect(await get(client, { id })).toMatchObject({ status: 'failed', attempts_detail: [{ status: 'busy' }] })
  expect(first.ledger(phone)).toEqual([])
})

it('no key, number, text or code is in the audit or in stored rows', async () => {
  const account = await live.newAccount()
  for (const channel of ['flash_call', 'voice', 'sms'] as const) {
    account.mend()
    account.fault(channel === 'voice' ? 'refuse' : 'numbers')
    const { id, phone } = await beginAt(account, channel)
    await runToTheEnd(test, id)
    const call = account.ledger(phone).at(-1)
    const kept = inspect(
      [await readAudit(live.client, { id }), await stored(test, id), await get(live.client, { id })],
      { depth: null },
    )
    expect(kept).toContain(phone)
    for (const secret of [
      account.key,
      call?.text,
      call && `'${call.code}'`,
      call?.from.match(/\d{11}/)?.[0],
    ]) {
      if (secret) expect(kept.includes(secret), channel).toBe(false)
    }
  }
})
