import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newTel } from '../../src/providers/new-tel/index.ts'
import { isRightSignature, readBearer } from '../../src/providers/new-tel/signature.ts'
import {
  companyState,
  toBalance,
  toE164,
  toOperatorPhone,
  toRecords,
} from '../../src/providers/new-tel/wire.ts'
import { issue } from '../../src/words/text.ts'
import { rawOperator } from './raw-operator.ts'
import { requestOf } from './speaker.ts'
import { accountAt, speakerFor } from './speakers.ts'

const KEYS = {
  accessKey: '616a2cbbc392c798c06161dae2bd0c2093af4f399e95f48d',
  signKey: '84c29e3807ccb092f50ea7e66537ba9b519628efdd741046',
}
const VPBX_ID = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'
const { speaker } = speakerFor('new-tel')
const call = requestOf(speaker)
const account = (url: string, settings = {}) => accountAt('new-tel', url, settings) as never
const success = (data: Record<string, unknown>) =>
  JSON.stringify({ status: 'success', data: { result: 'success', ...data } })

describe('what is sent', () => {
  async function recorded(act: (at: never) => Promise<unknown>, settings = {}) {
    const operator = await rawOperator((request) => speaker.say(request, JSON.stringify(speaker.placed)))
    await act(account(operator.url, settings)).catch(() => {})
    for (const request of operator.requests) {
      const { accessKey, time, signature } = readBearer((request.headers.authorization ?? '').slice(7)) ?? {}
      expect(accessKey).toBe(KEYS.accessKey)
      const signed = { ...KEYS, method: request.path.slice(1), time: time ?? '', content: request.body }
      expect(isRightSignature(signature ?? '', signed)).toBe(true)
      expect(request.headers['content-type']).toBe('application/json')
    }
    return operator.requests.map(({ path, body }) => [path, body])
  }
  const place = (at: never) => newTel.place(at, call)

  it('start-password-call under either prefix, asynchronous or not', async () => {
    expect(await recorded(place)).toEqual([
      ['/call/start-password-call', '{"async":1,"dstNumber":"79243555100","pin":"70482","timeout":20}'],
    ])
    expect(
      await recorded(place, { method_prefix: 'call-password', synchronous: true, call_timeout_seconds: 25 }),
    ).toEqual([
      [
        '/call-password/start-password-call',
        '{"async":0,"dstNumber":"79243555100","pin":"70482","timeout":25}',
      ],
    ])
  })

  it('nothing if the code’s length is not the account’s', async () => {
    expect(await recorded(place, { pin_length: 4 })).toEqual([])
  })

  it('"" as the body of methods without parameters', async () => {
    expect(await recorded((at) => newTel.balance(at))).toEqual([['/company/get-state', '""']])
    const span = { from: new Date(), to: new Date(), phone: null }
    expect(await recorded((at) => newTel.records(at, span))).toEqual([['/vpbx/get-calls', '""']])
  })

  it('get-call-details for any id that the exchange gives, numbers too', async () => {
    const operator = await rawOperator((request) =>
      speaker.say(
        request,
        request.path === '/call/get-vpbx-id'
          ? success({ vpbxId: 1234567 })
          : success({ callDetails: { vpbxId: '1234567', active: 0, status: 'answered' } }),
      ),
    )
    const status = await newTel.status(account(operator.url), { ...speaker.call, placedAt: new Date() })
    expect(status).toMatchObject({ kind: 'final', result: { status: 'answered' } })
    expect(operator.requests.map(({ body }) => body)).toEqual([
      '{"callId":"1234567890123456"}',
      '{"vpbxId":"1234567"}',
    ])
  })

  it.each([
    [{ status: 'busy' }, 'final'],
    [{ callId: 1234567890123456, status: 'busy' }, 'final'],
    [{ callId: '', status: 'busy' }, 'final'],
    [{ status: 0, reasonCode: '', isValidNumber: 'true' }, 'open'],
    [{ callId: '1234567890123457', status: 'busy' }, 'fault'],
    [undefined, 'fault'],
  ])('get-password-call-status with %j is %s', async (callDetails, kind) => {
    const operator = await rawOperator((request) => speaker.say(request, success({ callDetails })))
    const at = account(operator.url, { method_prefix: 'call-password' })
    expect(await newTel.status(at, { ...speaker.call, placedAt: new Date() })).toMatchObject({ kind })
  })

  it('get-password-call-status for the second prefix; details alone for a call found in the records', async () => {
    const placedAt = new Date()
    const settings = { method_prefix: 'call-password' }
    expect(await recorded((at) => newTel.status(at, { ...speaker.call, placedAt }), settings)).toEqual([
      ['/call-password/get-password-call-status', '{"callId":"1234567890123456"}'],
    ])
    expect(
      await recorded(
        (at) => newTel.status(at, { ...speaker.call, callId: `vpbx:${VPBX_ID}`, placedAt }),
        settings,
      ),
    ).toEqual([['/vpbx/get-call-details', `{"vpbxId":"${VPBX_ID}"}`]])
  })
})

describe('the document’s examples', () => {
  const inbound = {
    vpbxId: VPBX_ID,
    active: false,
    direction: 'in',
    clid: '79991234567',
    dnid: '78881234567',
    status: 'no answer',
    startTime: 1530446400,
    answerTime: null,
    endTime: 1530446460,
  }
  const outbound = {
    vpbxId: '943a702d06f34599aee1f8da8ef9f7296031d699',
    active: true,
    direction: 'out',
    clid: '78881234567',
    dnid: '79991234567',
    status: 'answered',
    startTime: 1530446520,
    answerTime: 1530446530,
    endTime: null,
  }

  it('vpbx/get-calls: outgoing calls are records', () => {
    const read = toRecords([inbound, outbound, 'nonsense'], 5)
    expect(read.undated).toEqual([null])
    expect(read.rows).toEqual([
      {
        row: outbound.vpbxId,
        callId: `vpbx:${outbound.vpbxId}`,
        at: new Date(1530446520_000),
        zoned: true,
        phone: '+79991234567',
        code: null,
        callerEnding: '34567',
        result: { status: 'answered', assumed: false, costMicros: null },
        detail: 'answered',
      },
    ])
  })

  it('company/get-state: a debt, a credit, a withheld balance', () => {
    const state = {
      balance: -131,
      credit: 0,
      currency: 'RUB',
      dayTrafficCost: 0,
      monthTrafficCost: 33.08,
      status: 'active',
    }
    const read = (changes: object) => toBalance(companyState.parse({ ...state, ...changes }))
    expect(read({})).toMatchObject({ balanceMicros: -131_000_000n, limitMicros: 0n, currency: 'RUB' })
    expect(read({ balance: 97.93, credit: 100 })).toMatchObject({
      balanceMicros: 97_930_000n,
      limitMicros: -100_000_000n,
    })
    expect(read({ balance: null })).toBeNull()
  })

  it('company/get-state: a blocked account with money is reported', async () => {
    const state = { balance: 5, credit: 0, currency: 'RUB', status: 'blocked' }
    const operator = await rawOperator((request) => speaker.say(request, success({ state })))
    await expect(newTel.balance(account(operator.url))).rejects.toMatchObject({ reason: 'refused' })
  })
})

describe('phones', () => {
  it('are sent as digits and read back the same', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9][0-9]{8,14}$/), (digits) => {
        expect(toOperatorPhone(`+${digits}`)).toBe(digits)
        const isRussian = /^8[39]\d{9}$/.test(digits)
        expect(toE164(digits)).toBe(isRussian ? `+7${digits.slice(1)}` : `+${digits}`)
      }),
    )
  })

  it('in another form are not called', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(toOperatorPhone(text) === null).toBe(!/^\+[1-9]\d{8,14}$/.test(text))
      }),
    )
  })
})

describe('settings and credentials', () => {
  it('give a synchronous call its own timeout', () => {
    const of = (settings: object) => newTel.capabilities(newTel.settings.parse(settings)).placeTimeoutMs
    expect(of({})).toBe(12_000)
    expect(of({ synchronous: true, call_timeout_seconds: 30 })).toBe(42_000)
  })

  it('have a default for everything, and reject unknown fields', () => {
    expect(newTel.settings.parse({})).toMatchObject({
      method_prefix: 'call',
      pin_length: 5,
      call_timeout_seconds: 20,
      adopt_after_seconds: [2, 4, 8],
    })
    for (const wrong of [{ pin_length: 6 }, { call_timeout_seconds: 19 }, { colour: 'red' }]) {
      expect(newTel.settings.safeParse(wrong).success).toBe(false)
    }
  })

  it('lose the characters that copying adds, and are rejected clearly', () => {
    const { accessKey: access_key, signKey: sign_key } = KEYS
    const pasted = { access_key: ` "${access_key.toUpperCase()}" `, sign_key: `'${sign_key}'\n` }
    expect(newTel.credentials.parse(pasted)).toEqual({ access_key, sign_key })
    const { error } = newTel.credentials.safeParse({ access_key: 'abc', sign_key })
    expect(error?.issues[0]).toMatchObject({ path: ['access_key'], message: issue('new_tel_key') })
  })
})
