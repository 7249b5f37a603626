import { describe, expect, it, vi } from 'vitest'
import { statusOn } from '../../src/channels/reached.ts'
import type { PlaceOutcome, StatusOutcome } from '../../src/providers/provider.ts'
import { handsetCalls, handsetMessages } from '../../src/sandbox/client.ts'
import { control, sandboxAccount, sandboxForTest, seedOf } from './sandbox-accounts.ts'
import { sandboxCredentials } from './simulated.ts'

type Clock = { now: number }

const operators: [string, string, Record<string, unknown>][] = [
  ['telefon-ip', 'telefon-ip', {}],
  ['new-tel, call', 'new-tel', {}],
  ['new-tel, call-password', 'new-tel', { method_prefix: 'call-password', pin_length: 4 }],
]

describe.each(operators)('%s, through its adapter', (_title, name, settings) => {
  async function atOperator(phone: string) {
    const clock: Clock = { now: Date.now() }
    const sandbox = await sandboxForTest({ now: () => clock.now })
    const { provider, account, code } = sandboxAccount(sandbox.url, name, settings)
    const placed = await provider.place(account, { channel: 'flash_call', phone, code })
    const statusAfter = async (ms: number): Promise<StatusOutcome> => {
      clock.now += ms
      const { callId } = placedCall(placed)
      return provider.status(account, { channel: 'flash_call', phone, callId, placedAt: new Date(clock.now) })
    }
    const heard = () =>
      handsetCalls({
        sandboxUrl: sandbox.url,
        token: sandboxCredentials(seedOf('one'), 'telefon-ip').token ?? '',
        phone,
      })
    const dialled = async () => (await control(sandbox.url, '/ledger')).body.data
    const records = async () => {
      const span = { from: new Date(clock.now - 60_000), to: new Date(clock.now), phone }
      return (await provider.records(account, span)).rows
    }
    return { clock, placed, statusAfter, heard, dialled, records, code }
  }

  it.each([
    ['+79243555100', 'no_answer', 'missed'],
    ['+79000000001', 'busy', 'busy'],
    ['+79000000002', 'answered', 'answered'],
  ])('%s rings within half a second and is %s after one and a half', async (phone, status, seen) => {
    const { placed, statusAfter, heard, code, dialled, clock } = await atOperator(phone)
    const right = placedCall(placed).code ?? code
    clock.now += 500
    expect(await heard()).toMatchObject([{ to: phone, channel: 'flash_call', status: 'ringing' }])
    expect((await heard())?.[0]?.from).toMatch(new RegExp(`^\\+7495\\d*${right}$`))
    expect((await statusAfter(0)).kind).toBe('open')
    expect(await statusAfter(1_000)).toMatchObject({ kind: 'final', result: { status } })
    expect((await heard())?.[0]?.status).toBe(seen)
    expect(await dialled()).toMatchObject([{ operator: name, phone, status, price: 0.2, rings: true }])
    expect(JSON.stringify(await dialled())).not.toContain(`"${right}"`)
  })

  it.each([
    ['+79000000003', 'no_such_number'],
    ['+79000000004', 'unreachable'],
  ])('%s never rings: %s', async (phone, status) => {
    const { statusAfter, heard, dialled } = await atOperator(phone)
    expect(await statusAfter(1_500)).toMatchObject({ kind: 'final', result: { status } })
    expect(await heard()).toEqual([])
    expect(await dialled()).toMatchObject([{ status, price: 0, rings: false }])
  })

  it('+79000000005 fails at the first operator without a call, and succeeds at the next', async () => {
    const { placed, dialled, records } = await atOperator('+79000000005')
    const isFirst = name === 'telefon-ip'
    expect(placed.kind).toBe(isFirst ? 'unclear' : 'placed')
    expect(await dialled()).toHaveLength(isFirst ? 0 : 1)
    expect(await records()).toHaveLength(isFirst ? 0 : 1)
  })

  it('+79000000006 is called once; the answer is lost, and the records show the call', async () => {
    const { placed, dialled, records, heard, clock } = await atOperator('+79000000006')
    expect(placed.kind).toBe('unclear')
    clock.now += 2_000
    expect(await dialled()).toHaveLength(1)
    const [record, ...others] = await records()
    expect(others).toEqual([])
    expect(statusOn('flash_call', record?.result?.status ?? 'unknown')).toBe('no_answer')
    const [call] = (await heard()) ?? []
    if (name === 'telefon-ip') expect(call?.from.slice(-4)).toBe(record?.code)
  })

  it('+79000000007 is refused without a call', async () => {
    const { placed, dialled } = await atOperator('+79000000007')
    expect(placed).toMatchObject({ kind: 'refused', reason: 'limit' })
    expect(await dialled()).toEqual([])
  })

  it('+79000000008 stays undetermined for twenty seconds', async () => {
    const { statusAfter, heard } = await atOperator('+79000000008')
    expect((await statusAfter(19_900)).kind).toBe('open')
    expect(await heard()).toMatchObject([{ status: 'missed' }])
    expect(await statusAfter(200)).toMatchObject({ kind: 'final', result: { status: 'no_answer' } })
  })

  it('+79000000009 rings with another last digit', async () => {
    const { placed, statusAfter, heard, code } = await atOperator('+79000000009')
    expect(await statusAfter(1_500)).toMatchObject({ kind: 'final', result: { status: 'no_answer' } })
    const right = placedCall(placed).code ?? code ?? ''
    const from = (await heard())?.[0]?.from ?? ''
    expect(from.slice(0, -1).endsWith(right.slice(0, -1))).toBe(true)
    expect(from.at(-1)).not.toBe(right.at(-1))
  })

  it('charges delivered calls to its balance once their end is known', async () => {
    const clock = { now: Date.now() }
    const sandbox = await sandboxForTest({ now: () => clock.now })
    const { provider, account, code } = sandboxAccount(sandbox.url, name, settings)
    const balance = async () => (await provider.balance(account))?.balanceMicros ?? 0n
    const first = await balance()
    for (const phone of ['+79243555100', '+79000000003'])
      await provider.place(account, { channel: 'flash_call', phone, code })
    expect(await balance()).toBe(first)
    clock.now += 1_000
    expect(first - (await balance())).toBe(200_000n)
  })

  it('forgets its calls at a restart', async () => {
    const { placed } = await atOperator('+79243555100')
    const again = await sandboxForTest()
    const { provider, account } = sandboxAccount(again.url, name, settings)
    const call = {
      channel: 'flash_call' as const,
      phone: '+79243555100',
      callId: placedCall(placed).callId,
      placedAt: new Date(),
    }
    const outcome = await provider.status(account, call)
    expect(outcome.kind).not.toBe('final')
    expect(outcome.detail).toMatch(/not found/)
  })
})

describe.each(['sms', 'telegram'] as const)('a message by %s', (channel) => {
  async function sent(phone: string) {
    const clock: Clock = { now: Date.now() }
    const sandbox = await sandboxForTest({ now: () => clock.now })
    const { provider, account, code } = sandboxAccount(sandbox.url, 'telefon-ip', { channel })
    const { callId } = placedCall(await provider.place(account, { channel, phone, code }))
    const token = sandboxCredentials(seedOf('one'), 'telefon-ip').token ?? ''
    return {
      code,
      seenAfter: async (ms: number) => {
        clock.now += ms
        const call = { channel, phone, callId, placedAt: new Date(clock.now) }
        return {
          status: await provider.status(account, call),
          inbox: await handsetMessages({ sandboxUrl: sandbox.url, token, phone }),
        }
      },
    }
  }

  it('arrives within half a second, with the code', async () => {
    const { code, seenAfter } = await sent('+79243555100')
    expect(await seenAfter(500)).toMatchObject({
      status: { kind: 'open' },
      inbox: [{ channel, text: expect.stringContaining(`${code}`) }],
    })
    expect((await seenAfter(1_000)).status).toMatchObject({
      kind: 'final',
      result: { status: 'delivered', costMicros: 200_000n },
    })
  })

  it('arrives at +79000000012 after 40 s if it is an SMS', async () => {
    const { seenAfter } = await sent('+79000000012')
    expect((await seenAfter(39_000)).inbox).toHaveLength(channel === 'sms' ? 0 : 1)
    expect(await seenAfter(2_000)).toMatchObject({
      status: { kind: 'final', result: { status: 'delivered' } },
      inbox: [{ channel }],
    })
  })

  it.each(['+79000000101', '+79000000103', '+79000000104', '+79000000105', '+79000000106', '+79000000107'])(
    '%s: is read in an odd form',
    async (phone) => {
      const { seenAfter } = await sent(phone)
      expect((await seenAfter(1_500)).status).toMatchObject({
        kind: 'final',
        result: { status: 'delivered' },
      })
    },
  )
})

it('a synchronous call at New-Tel answers with its end', async () => {
  const sandbox = await sandboxForTest()
  const { provider, account, code } = sandboxAccount(sandbox.url, 'new-tel', { synchronous: true })
  const place = async (phone: string) => {
    const placed = await provider.place(account, { channel: 'flash_call', phone, code })
    return placed.kind === 'placed' ? placed.final?.status : placed.kind
  }
  expect(await Promise.all(['+79243555100', '+79000000001', '+79000000003'].map(place))).toEqual([
    'no_answer',
    'busy',
    'no_such_number',
  ])
})

it('an end that comes while telefon-ip answers is reported in full or not yet', async () => {
  const clock = { now: Date.now(), step: 0 }
  const sandbox = await sandboxForTest({
    now: () => {
      clock.now += clock.step
      return clock.now
    },
  })
  const { provider, account } = sandboxAccount(sandbox.url, 'telefon-ip', {})
  const phone = '+79243555100'
  const { callId } = placedCall(await provider.place(account, { channel: 'flash_call', phone, code: null }))
  clock.step = 400
  const status = () =>
    provider.status(account, { channel: 'flash_call', phone, callId, placedAt: new Date(clock.now) })
  expect((await status()).kind).toBe('open')
  expect(await status()).toMatchObject({
    kind: 'final',
    result: { status: 'no_answer', costMicros: 200_000n },
  })
})

it('a call ends within a second of real time', async () => {
  const sandbox = await sandboxForTest()
  const { provider, account } = sandboxAccount(sandbox.url, 'telefon-ip')
  const phone = '+79243555100'
  const { callId } = placedCall(await provider.place(account, { channel: 'flash_call', phone, code: null }))
  await vi.waitFor(
    async () => {
      const status = await provider.status(account, {
        channel: 'flash_call',
        phone,
        callId,
        placedAt: new Date(),
      })
      expect(status).toMatchObject({ kind: 'final', result: { status: 'no_answer' } })
    },
    { timeout: 10_000 },
  )
})

function placedCall(outcome: PlaceOutcome): { callId: string; code: string | null } {
  if (outcome.kind !== 'placed' || !outcome.callId) throw new Error(`not placed: ${outcome.detail}`)
  return { callId: outcome.callId, code: outcome.code }
}

const DIALECTS: [phone: string, end: string, handset: string][] = [
  ['+79000000101', 'no_answer', 'missed'],
  ['+79000000102', 'no_answer', 'missed'],
  ['+79000000103', 'no_answer', 'missed'],
  ['+79000000104', 'no_answer', 'missed'],
  ['+79000000105', 'no_answer', 'missed'],
  ['+79000000106', 'no_answer', 'missed'],
  ['+79000000107', 'no_answer', 'missed'],
  ['+79000000108', 'busy', 'busy'],
]

describe.each(operators)('%s answers correctly in odd forms', (_title, name, settings) => {
  it.each(DIALECTS)('%s is still read as %s, with its code and records', async (phone, status, seen) => {
    const clock = { now: Date.now() }
    const { url } = await sandboxForTest({ now: () => clock.now })
    const { provider, account, code: ours } = sandboxAccount(url, name, settings)
    const code = ours && `0${ours.slice(1)}`
    const placed = await provider.place(account, { channel: 'flash_call', phone, code })
    const { callId, code: told } = placedCall(placed)
    expect(told === null).toBe(code !== null)
    const ask = () =>
      provider.status(account, { channel: 'flash_call', phone, callId, placedAt: new Date(clock.now) })
    clock.now += 400
    expect((await ask()).kind).toBe('open')
    clock.now += 1_000
    expect(await ask()).toMatchObject({ kind: 'final', result: { status } })
    const [heard] =
      (await handsetCalls({
        sandboxUrl: url,
        token: sandboxCredentials(seedOf('one'), 'telefon-ip').token ?? '',
        phone,
      })) ?? []
    expect(heard).toMatchObject({ status: seen, from: expect.stringMatching(new RegExp(`${told ?? code}$`)) })
    const balance = await provider.balance(account)
    expect(balance?.balanceMicros).toBe(999_999_800_000n)
  })

  it.each(['+79000000109', '+79000000110'])('%s is refused at the first operator only', async (phone) => {
    const { url } = await sandboxForTest()
    const { provider, account, code } = sandboxAccount(url, name, settings)
    const { kind } = await provider.place(account, { channel: 'flash_call', phone, code })
    expect(kind).toBe(name === 'telefon-ip' ? 'refused' : 'placed')
  })
})
