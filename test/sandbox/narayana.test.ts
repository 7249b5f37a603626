import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { narayana } from '../../src/providers/narayana/index.ts'
import type { Account, CallRequest, PlacedCall } from '../../src/providers/provider.ts'
import { CALL_PRICE } from '../../src/sandbox/calls.ts'
import { keyAmong, sandboxSignKey } from '../../src/sandbox/credentials.ts'
import type { Trait } from '../../src/sandbox/operators/narayana-keys.ts'
import { control, fault, sandboxAccount, sandboxForTest } from './sandbox-accounts.ts'

const PHONE = '+79243555100'
const ANSWERS = '+79000000002'
const CALLER = '+74951112371'
const flash = (phone = PHONE): CallRequest => ({ channel: 'flash_call', phone, code: null, callerId: CALLER })
const voice: CallRequest = {
  channel: 'voice',
  phone: PHONE,
  code: '237105',
  text: 'Your code: 2, 3, 7, 1, 0, 5.',
}
const sms: CallRequest = { channel: 'sms', phone: PHONE, code: '237105', text: '237105 is your code' }
const SETTINGS = { numbers: ['+74951110000-74951119999'], log_every_ms: 30, request_timeout_ms: 3_000 }

type Typed = Account<never, never>

/** A simulator with an injected clock, and an account at it. */
async function simulated(traits: Trait[] = [], settings: Record<string, unknown> = {}) {
  let ahead = 0
  const sandbox = await sandboxForTest({ now: () => Date.now() + ahead })
  const { url } = sandbox
  const account = sandboxAccount(url, 'narayana', { ...SETTINGS, ...settings }).account as Typed
  const be = (...traits: Trait[]) =>
    control(url, '/narayana/control/traits', { method: 'PUT', body: JSON.stringify(traits) })
  expect((await be(...traits)).status).toBe(200)
  const place = async (call: CallRequest, by = account) => {
    const outcome = await narayana.place(by, call)
    const callId = outcome.kind === 'placed' ? (outcome.callId ?? '') : ''
    return {
      outcome,
      call: { channel: call.channel, phone: call.phone, callId, placedAt: new Date(Date.now() + ahead) },
    }
  }
  /** The status once the call has ended, `ms` after it was placed. */
  const statusAfter = async (ms: number, call: PlacedCall) => {
    ahead += ms
    return narayana.status(account, call)
  }
  const key = keyAmong(account.credentials) ?? ''
  const as = (credentials: Record<string, string>): Typed => ({
    ...account,
    credentials: { key, ...credentials } as never,
  })
  const ledger = async () => (await control(url, '/ledger')).body.data
  const handset = async () => (await control(url, '/handset/calls')).body.data
  return { ...sandbox, account, key, as, be, place, statusAfter, ledger, handset }
}
const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const cost = (micros: number) => ({ costMicros: BigInt(Math.round(micros * 1e6)) })

describe('the simulated Narayana', () => {
  it('places flash calls, voice calls and messages, whose handsets show the number, say and show the text', async () => {
    const { place, statusAfter, handset, url } = await simulated()
    const ends = []
    for (const call of [flash(), voice, sms]) ends.push(await statusAfter(1_000, (await place(call)).call))
    expect(ends).toMatchObject([
      { kind: 'final', result: { status: 'no_answer', ...cost(0) }, callerEnding: '2371' },
      { kind: 'final', result: { status: 'answered', ...cost(CALL_PRICE) } },
      { kind: 'final', result: { status: 'delivered', ...cost(CALL_PRICE) } },
    ])
    expect(await handset()).toMatchObject([
      { channel: 'voice', text: voice.text, status: 'answered' },
      { channel: 'flash_call', from: CALLER, text: null, status: 'missed' },
    ])
    expect((await control(url, '/handset/messages')).body.data).toMatchObject([{ text: sms.text }])
  })

  it('1: bans the address after one request with a wrong key, for all keys, until the ban is lifted', async () => {
    const { account, as, place, url } = await simulated()
    const ban = async () => (await control(url, '/narayana/control/ban')).body
    const wrong = as({ key: 'ffffffffff' })
    await expect(narayana.balance(wrong)).rejects.toMatchObject({ reason: 'unauthorized' })
    expect(await ban()).toMatchObject({ requests_after_ban: 0 })
    const impatient = {
      ...account,
      settings: { ...(account.settings as object), request_timeout_ms: 150 } as never,
    }
    expect((await place(sms, impatient)).outcome).toMatchObject({ kind: 'unclear' })
    await expect(narayana.balance(impatient)).rejects.toMatchObject({ reason: 'timeout' })
    expect(await ban()).toMatchObject({ banned: ['127.0.0.1'], requests_after_ban: 2 })
    await control(url, '/narayana/control/ban', { method: 'DELETE' })
    expect((await place(sms)).outcome.kind).toBe('placed')
  })

  it('1: bans for a disabled key too', async () => {
    const { place, url } = await simulated(['disabled'])
    expect((await place(sms)).outcome).toMatchObject({ kind: 'refused', reason: 'unauthorized' })
    expect((await control(url, '/narayana/control/ban')).body).toMatchObject({ banned: ['127.0.0.1'] })
  })

  it.each([
    ['2: refuses an address that the key does not allow, without a ban', 'address_refused', 'unauthorized'],
    ['3: refuses a key for https only', 'https_only', 'unavailable'],
  ] as const)('%s', async (_what, trait, reason) => {
    const { place, be } = await simulated([trait])
    expect((await place(sms)).outcome).toMatchObject({ kind: 'refused', reason })
    await be()
    expect((await place(sms)).outcome.kind).toBe('placed')
  })

  it('4: rejects a wrong password of a client key with either code, and takes the right one', async () => {
    const { place, as, key } = await simulated(['client_key'])
    const details = []
    for (const password_md5 of [md5('wrong'), md5('worse')]) {
      const { outcome } = await place(sms, as({ login: 'user', password_md5 }))
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'unauthorized' })
      details.push(outcome.detail)
    }
    expect(details).toEqual(['E_AUTH_FAILED', 'E_AUTH_ERROR'])
    const right = as({ login: 'user', password_md5: md5(sandboxSignKey(key)) })
    expect((await place(sms, right)).outcome.kind).toBe('placed')
  })

  it('5: ignores user and password where the key has a bound user', async () => {
    const { place, as } = await simulated()
    expect((await place(sms, as({ login: 'nobody', password_md5: md5('wrong') }))).outcome.kind).toBe(
      'placed',
    )
  })

  it('6: refuses a user who does not belong to a server key', async () => {
    const { place, as } = await simulated(['server_key'])
    expect((await place(sms, as({ login: 'foreign' }))).outcome).toMatchObject({
      kind: 'refused',
      reason: 'unauthorized',
    })
    expect((await place(sms, as({ login: 'user' }))).outcome.kind).toBe('placed')
  })

  it('7: answers in plain text, with the same meaning', async () => {
    const { place, statusAfter, account } = await simulated(['plain_answers'])
    const placed = [await place(flash()), await place(sms)]
    for (const { outcome } of placed) expect(outcome.kind).toBe('placed')
    expect(await statusAfter(1_000, placed[0]?.call as PlacedCall)).toMatchObject({
      result: { status: 'no_answer' },
    })
    expect(await narayana.status(account, placed[1]?.call as PlacedCall)).toMatchObject({
      result: { status: 'delivered' },
    })
    expect(await narayana.balance(account)).toMatchObject({ currency: 'EUR', limitMicros: 0n })
    expect((await place(flash('+79000000007'))).outcome.kind).toBe('refused')
  })

  it('8: without getLogs, places calls whose end cannot be read', async () => {
    const { place, statusAfter, account } = await simulated(['no_log'])
    const { outcome, call } = await place(flash())
    expect(outcome.kind).toBe('placed')
    const status = await statusAfter(1_000, call)
    expect(status).toMatchObject({ kind: 'fault', detail: 'E_INSUFFICIENT_ACCESS' })
    expect(status, 'the key is right').not.toHaveProperty('reason')
    expect(await narayana.balance(account)).toMatchObject({ currency: 'EUR' })
  })

  it('9: is unclear after errors that may come before or after dialling', async () => {
    const { place, be, ledger } = await simulated(['exception_after_call'])
    expect((await place(flash())).outcome).toMatchObject({ kind: 'unclear' })
    expect(await ledger()).toHaveLength(1)
    await be('carrier_error')
    expect((await place(sms)).outcome).toMatchObject({ kind: 'unclear' })
    expect(await ledger()).toHaveLength(1)
  })

  it('10: shows another number than was asked for, on the handset and in the log', async () => {
    const { place, statusAfter, handset } = await simulated(['caller_replaced'])
    const { call } = await place(flash())
    expect(await statusAfter(1_000, call)).toMatchObject({ kind: 'final', callerEnding: '9999' })
    expect(await handset()).toMatchObject([{ from: '+74959999999' }])
  })

  it('11: joins an answered callback with the second leg, which is billed', async () => {
    const { place, statusAfter, ledger } = await simulated([], {
      call_method: 'callback',
      callback_destination: '12345',
    })
    const { outcome, call } = await place(flash(ANSWERS))
    expect(outcome).toMatchObject({ kind: 'placed', callId: expect.stringMatching(/^log:/) })
    expect(await statusAfter(1_000, call)).toMatchObject({
      result: { status: 'answered', ...cost(CALL_PRICE) },
    })
    expect(await ledger()).toMatchObject([
      { phone: ANSWERS, price: CALL_PRICE },
      { phone: '+12345', price: CALL_PRICE },
    ])
    const { call: missed } = await place(flash())
    expect(await statusAfter(1_000, missed)).toMatchObject({ result: { status: 'no_answer' } })
    expect(await ledger()).toHaveLength(3)
  })

  it('12: writes a row late, with an empty status while it rings, in a zone of half an hour', async () => {
    const { place, statusAfter, be, account } = await simulated(['half_hour_zone'])
    const { call } = await place(flash())
    expect(await narayana.status(account, call)).toMatchObject({ kind: 'open', detail: '' })
    await be('half_hour_zone', 'late_rows')
    expect(await statusAfter(1_000, call)).toMatchObject({ kind: 'open', detail: 'not in the log yet' })
    expect(await statusAfter(3_000, call)).toMatchObject({ kind: 'final', detail: 'CANCEL, Q.850 cause 0' })
    const { rows } = await narayana.records(account, {
      from: new Date(Date.now() - 60_000),
      to: new Date(),
      phone: PHONE,
    })
    expect(Math.abs((rows[0]?.at.getTime() ?? 0) - Date.now())).toBeLessThan(5_000)
  })

  it('13: hides a call behind 500 rows of others, and cuts the log at 1,000 rows', async () => {
    const { place, statusAfter, be, account } = await simulated(['busy_log'])
    const { call } = await place(flash())
    expect(await statusAfter(1_000, call)).toMatchObject({ kind: 'final', result: { status: 'no_answer' } })
    await be('endless_log')
    expect(await narayana.status(account, call)).toMatchObject({ kind: 'fault' })
    const query = { from: new Date(Date.now() - 60_000), to: new Date(), phone: PHONE }
    await expect(narayana.records(account, query)).rejects.toMatchObject({ reason: 'bad_answer' })
  })

  it('14: says the text of a flash call that is answered, which costs, unless it is short enough to be free', async () => {
    const { place, statusAfter, be, handset } = await simulated()
    const { call } = await place(flash(ANSWERS))
    expect(await statusAfter(1_000, call)).toMatchObject({
      result: { status: 'answered', ...cost(CALL_PRICE) },
    })
    expect(await handset()).toMatchObject([{ from: CALLER, text: '2, 3, 7, 1', status: 'answered' }])
    await be('free_seconds')
    const free = await place(flash(ANSWERS))
    expect(await statusAfter(1_000, free.call)).toMatchObject({ result: { status: 'answered', ...cost(0) } })
  })

  it('15: refuses calls once answered ones have used up balance and overdraft, and still tells the balance', async () => {
    const { place, statusAfter, account } = await simulated(['nearly_empty'])
    for (const limit of [1, 2]) {
      const { call, outcome } = await place(voice)
      expect(outcome.kind, `call ${limit}`).toBe('placed')
      await statusAfter(1_000, call)
    }
    expect((await place(voice)).outcome).toMatchObject({ kind: 'refused', reason: 'balance' })
    expect(await narayana.balance(account)).toMatchObject({
      balanceMicros: -200_000n,
      limitMicros: -200_000n,
    })
  })

  it('has rows with other ids, corrected rows, an inactive user and unread forms', async () => {
    const { place, statusAfter, be, account } = await simulated(['other_ids'])
    const { call } = await place(flash())
    expect(await statusAfter(1_000, call)).toMatchObject({ result: { status: 'no_answer' } })
    await be('corrected_rows')
    const corrected = await place({ ...voice, phone: ANSWERS })
    expect(await statusAfter(2_000, corrected.call)).toMatchObject({
      result: { status: 'answered', ...cost(0.15) },
    })
    await be('inactive')
    expect((await place(sms)).outcome).toMatchObject({ kind: 'unclear', detail: 'E_CALLS_BLOCKED' })
    await expect(narayana.balance(account)).rejects.toMatchObject({ reason: 'refused' })
    await be('post_ignored')
    const byForm = { ...account, settings: { ...(account.settings as object), http_method: 'POST' } as never }
    expect((await place(sms, byForm)).outcome).toMatchObject({
      kind: 'refused',
      detail: 'E_INVALID_SMS_TO',
    })
    await be()
    expect((await place(sms, byForm)).outcome.kind).toBe('placed')
  })

  it('owns ten thousand numbers, and another two that it cannot use', async () => {
    const own = await narayana.ownNumbers?.((await simulated()).account)
    expect([own?.length, own?.at(-1)]).toEqual([10_000, '+74951119999'])
  })

  it.each([
    ['http_500_after_call', 'unclear', 1],
    ['garbage_after_call', 'unclear', 1],
    ['reset_after_call', 'unclear', 1],
    ['refuse', 'refused', 0],
    ['no_balance', 'refused', 0],
    ['down', 'unclear', 0],
    ['silent_drop', 'placed', 1],
    ['numbers', 'placed', 1],
    ['gzip', 'placed', 1],
  ] as const)('with the fault %s, a call is %s', async (mode, kind, dialled) => {
    const { url, place, ledger, statusAfter } = await simulated()
    expect((await fault(url, { operator: 'narayana', mode })).status).toBe(201)
    const { outcome, call } = await place(flash())
    expect(outcome.kind).toBe(kind)
    expect(await ledger()).toHaveLength(dialled)
    if (kind === 'placed') expect(await statusAfter(1_000, call)).toMatchObject({ kind: 'final' })
  })

  it('is controlled by the holder of a sandbox key, with known traits', async () => {
    const { url, be } = await simulated()
    expect((await be('none' as Trait)).status).toBe(422)
    expect((await fetch(`${url}/narayana/control/ban`)).status).toBe(401)
  })
})
