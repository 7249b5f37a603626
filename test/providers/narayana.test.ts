import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { narayana } from '../../src/providers/narayana/index.ts'
import type { CallRequest, PlaceOutcome } from '../../src/providers/provider.ts'
import { issue } from '../../src/words/text.ts'
import {
  answer,
  CALLER,
  FLASH,
  failure,
  KEY,
  operatorWith,
  paramsOf,
  type Settings,
  SMS,
  VOICE,
} from './narayana-support.ts'
import type { Received } from './raw-operator.ts'

/** Places a call at an operator with this answer, and returns the outcome and the one request. */
async function placing(
  call: CallRequest,
  settings: Settings = {},
  credentials?: Record<string, string>,
  told = answer('17.5'),
) {
  const any = () => told
  const methods = { sendVoiceMessage: any, sendSMS: any, createCallback: any }
  const { account, requests } = await operatorWith(methods, settings, credentials)
  const outcome = await narayana.place(account, call)
  expect(requests).toHaveLength(1)
  return { outcome, request: requests[0] as Received }
}

describe('a request', () => {
  it('has version, key and method in its path, and digits only for phones', async () => {
    const { request, outcome } = await placing(FLASH)
    expect(request.path.split('?')[0]).toBe(`/2.2/${KEY}/sendVoiceMessage`)
    expect(paramsOf(request)).toEqual({ callerid: '74951112371', to: '79243555100', text: '2, 3, 7, 1' })
    expect(outcome).toEqual({
      kind: 'placed',
      callId: '17.5',
      code: null,
      callerHint: null,
      final: null,
      detail: 'accepted',
    })
  })

  it.each([
    [VOICE, 'sendVoiceMessage', { to: '79243555100', text: VOICE.text }],
    [SMS, 'sendSMS', { to: '79243555100', text: SMS.text }],
  ] as const)('sends our text as it is, without a calling number', async (call, method, params) => {
    const { request } = await placing(call)
    expect(request.path).toContain(`/${method}?`)
    expect(paramsOf(request)).toEqual(params)
  })

  it('names the sender of a text, and says the code of a flash call in the account’s words, if it has them', async () => {
    expect(paramsOf((await placing(SMS, { sms_sender: 'Acme' })).request)).toMatchObject({ callerid: 'Acme' })
    const { request } = await placing(FLASH, { voice_text: 'Ваш код: {digits}. {digits}' })
    expect(paramsOf(request).text).toBe('Ваш код: 2, 3, 7, 1. 2, 3, 7, 1')
  })

  it('is a form where the account says POST', async () => {
    const { request } = await placing(SMS, { http_method: 'POST' })
    expect(request).toMatchObject({ method: 'POST', path: `/2.2/${KEY}/sendSMS` })
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
      to: '79243555100',
      text: SMS.text,
    })
  })

  it('carries the user, and the password as its MD5', async () => {
    const { request } = await placing(SMS, {}, { key: KEY, login: 'test', password: 'password' })
    expect(paramsOf(request)).toMatchObject({ login: 'test', password: '5f4dcc3b5aa765d61d8327deb882cf99' })
  })

  it('is a callback where the account says so; it has no id, so it is given a name', async () => {
    const { request, outcome } = await placing(
      FLASH,
      { call_method: 'callback', callback_destination: '12345' },
      undefined,
      answer(true),
    )
    expect(request.path).toContain('/createCallback?')
    expect(paramsOf(request)).toEqual({
      callerid: '74951112371',
      destination1: '79243555100',
      destination2: '12345',
    })
    expect(outcome).toMatchObject({ kind: 'placed', callId: expect.stringMatching(/^log:\d{13}$/) })
  })

  it.each(['+79243', '+7924355', '123456789', '+1'])('is not sent for %s', async (phone) => {
    const { account, requests } = await operatorWith({})
    expect(await narayana.place(account, { ...SMS, phone })).toMatchObject({
      kind: 'refused',
      reason: 'invalid_phone',
    })
    expect(requests).toEqual([])
  })

  it.each(['', 'short', '../getLogs', 'ключ-ключ', `${KEY}/`])('is not sent with the key %j', async (key) => {
    const { account, requests } = await operatorWith({})
    const outcome = await narayana.place({ ...account, credentials: { key } as never }, SMS)
    expect(outcome).toMatchObject({ kind: 'not_sent' })
    await expect(narayana.balance({ ...account, credentials: { key } as never })).rejects.toThrow('malformed')
    expect(requests).toEqual([])
  })

  it('is not sent for a stopped account, not even one that waits for the log', async () => {
    const { account, requests } = await operatorWith({})
    let stops = false
    const waiting = narayana.status(
      { ...account, isStopped: () => stops },
      { ...FLASH, callId: '1', placedAt: new Date() },
    )
    stops = true
    expect(await waiting).toMatchObject({ kind: 'fault' })
    expect(requests).toEqual([])
  })
})

describe('an answer to a call', () => {
  it.each([
    ['E_AUTH_FAILED', 'unauthorized'],
    ['E_AUTH_ERROR', 'unauthorized'],
    ['E_INSUFFICIENT_ACCESS', 'unauthorized'],
    ['E_USER_LOCKED', 'unauthorized'],
    ['E_DOES_NOT_BELONG_TO_YOU', 'unauthorized'],
    ['E_NOT_EXIST', 'unauthorized'],
    ['E_INCORRECT_API_VERSION', 'unavailable'],
    ['E_UNKNOWN_METHOD', 'unavailable'],
    ['E_UNDEFINED_INSTRUCTION', 'unavailable'],
    ['E_UNROUTABLE', 'unavailable'],
    ['E_TRANSACTION_FAILED', 'unavailable'],
    ['E_INSUFFICIENT_MONEY', 'balance'],
    ['E_TRANSACTIONS_LIMITED', 'balance'],
    ['E_TRANSACTIONS_LOCKED', 'balance'],
    ['E_CODE_HAS_NO_BALANCE', 'balance'],
    ['E_MISSING_ARGUMENT', 'other'],
    ['E_INVALID_ARGUMENT', 'other'],
    ['E_DATA_ABORT', 'other'],
    ['E_INVALID_SMS_FROM', 'other'],
    ['E_WRONG_EXTENSION', 'other'],
    ['E_SIP_SERVER_NOT_EXIST', 'other'],
    ['E_INVALID_SMS_TO', 'invalid_phone'],
    ['E_INITIATE_CALL_FAIL', null],
    ['E_ASTERISK_QUERY_ERROR', null],
    ['E_CARRIER_ERROR', null],
    ['E_TTS_ERROR', null],
    ['E_SQL_ERROR', null],
    ['E_LUA_EXCEPTION', null],
    ['E_HAS_NO_ONE_TOLD_YOU_SHE_IS_NOT_BREATHING', null],
    ['E_CALLS_BLOCKED', null],
  ])('with %s means %s, in an envelope or as plain text', async (code, reason) => {
    const expected = reason
      ? { kind: 'refused', reason, final: false, detail: code }
      : { kind: 'unclear', detail: code }
    for (const told of [failure(code), { status: 200, body: code }]) {
      expect((await placing(SMS, {}, undefined, told)).outcome).toEqual(expected)
    }
  })

  it.each(['1498322123.456', 'uniqueid', 1498322123, '007', 'a-b_c'])(
    'is placed by the id %j',
    async (id) => {
      expect((await placing(SMS, {}, undefined, answer(id))).outcome).toMatchObject({
        kind: 'placed',
        callId: String(id),
      })
    },
  )

  it.each([false, 'false', null, '', 'true', [], {}, 'x'.repeat(65), 'a b'])(
    'is unclear without an id: %j',
    async (id) => {
      expect((await placing(SMS, {}, undefined, answer(id))).outcome).toMatchObject({ kind: 'unclear' })
    },
  )

  it.each(['true', '1', 'True'])('reads the result %j as true', async (result) => {
    const told = { status: 200, body: JSON.stringify({ result, response: '7' }) }
    expect((await placing(SMS, {}, undefined, told)).outcome).toMatchObject({ kind: 'placed', callId: '7' })
  })

  it.each([
    ['1498322123.456', 'placed'],
    ['\uFEFF1498322123.456\r\n', 'placed'],
    ['true', 'unclear'],
    ['false', 'refused'],
    ['OK', 'unclear'],
    ['<html>Log in</html>', 'unclear'],
    ['', 'unclear'],
    ['{"result":true,"respon', 'unclear'],
    ['[1, 2', 'unclear'],
  ])('in plain text, %j, is %s', async (body, kind) => {
    expect((await placing(SMS, {}, undefined, { status: 200, body })).outcome.kind).toBe(kind)
  })

  it.each([401, 403])('is a rejection with HTTP %i, whatever it says', async (status) => {
    for (const body of ['', 'Unauthorized', answer('17').body, failure('E_SQL_ERROR').body]) {
      const { outcome } = await placing(SMS, {}, undefined, { status, body })
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'unauthorized' })
    }
  })

  it('is quoted without the text, code, number, user or key', async () => {
    const told = failure('E_DATA_ABORT', `bad ${SMS.text} ${CALLER} tester ${KEY}`)
    const outcome: PlaceOutcome = (
      await placing({ ...SMS, callerId: CALLER }, {}, { key: KEY, login: 'tester' }, told)
    ).outcome
    expect(outcome.detail).toBe('bad ••• +••• ••• •••')
  })
})

describe('credentials', () => {
  const parse = (given: unknown) => narayana.credentials.safeParse(given)

  it('lose pasted characters, and keep only the MD5 of a password', () => {
    const password_md5 = createHash('md5').update('test').digest('hex')
    expect(parse({ key: ` “${KEY}”\u00a0`, login: 'u', password: 'test' }).data).toEqual({
      key: KEY,
      login: 'u',
      password_md5,
    })
    expect(parse({ key: KEY, login: 'u', password_md5: password_md5.toUpperCase() }).data).toMatchObject({
      password_md5,
    })
    expect(parse({ key: KEY }).data).toEqual({ key: KEY })
  })

  it.each([
    [{ key: 'a/b/c/d' }, 'key', issue('narayana_key')],
    [{ key: KEY, password: 'test' }, 'login', issue('narayana_login')],
    [{ key: KEY, login: 'u', password_md5: 'test' }, 'password_md5', issue('narayana_md5')],
    [
      { key: KEY, login: 'u', password: 'x', password_md5: 'a'.repeat(32) },
      'password',
      issue('narayana_passwords'),
    ],
  ])('%j are rejected clearly', (given, path, message) => {
    expect(parse(given).error?.issues[0]).toMatchObject({ path: [path], message })
  })

  it.each([
    [{ call_method: 'callback' }, 'callback_destination'],
    [{ voice_text: 'no digits' }, 'voice_text'],
    [{ numbers: ['+7495'] }, 'numbers'],
    [{ timezone_hours: 3.1 }, 'timezone_hours'],
  ])('settings %j are rejected', (given, path) => {
    expect(narayana.settings.safeParse(given).error?.issues[0]?.path).toEqual([path])
  })

  it('without numbers there is no flash call', () => {
    const channels = (settings: Settings) =>
      Object.keys(narayana.capabilities(narayana.settings.parse(settings)).channels)
    expect(channels({})).toEqual(['voice', 'sms'])
    expect(channels({ numbers: ['+74951110000'] })).toEqual(['flash_call', 'voice', 'sms'])
  })
})
