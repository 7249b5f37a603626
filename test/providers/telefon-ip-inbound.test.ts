import { describe, expect, it } from 'vitest'
import { telefonIp } from '../../src/providers/telefon-ip/index.ts'
import { placeAt, statusAt } from './asking.ts'
import { rawOperator } from './raw-operator.ts'
import { accountAt } from './speakers.ts'

const NAME = 'telefon-ip inbound_call'
const PHONE = '+79243555100'
const CALL = { channel: 'inbound_call', phone: PHONE, code: null } as const
const ok = (data: unknown) => JSON.stringify({ success: true, error: '', data })
const started = { auth_phone: '84957770101', id: 7, url_image: '', url_link: '' }

describe('the start of an inbound call', () => {
  it('is a GET without a webhook, and a POST with one', async () => {
    const operator = await rawOperator(() => ({ status: 200, body: ok(started) }))
    const account = accountAt(NAME, operator.url)
    await telefonIp.place(account as never, CALL)
    await telefonIp.place(account as never, { ...CALL, webhook: 'https://verify.example/v1/inbound/x' })
    const [get, post] = operator.requests
    expect([get?.method, get?.path.split('/').at(-1)]).toEqual([
      'GET',
      'reverse_auth_phone_get?phone=89243555100',
    ])
    expect([post?.method, post?.path.split('/').at(-1), JSON.parse(post?.body.toString() ?? '')]).toEqual([
      'POST',
      'reverse_auth_phone_post',
      { phone: '89243555100', webhook: 'https://verify.example/v1/inbound/x' },
    ])
  })

  it('quotes no webhook and no part of its token of a refusal', async () => {
    const token = 'AbCdEfGhIjKlMnOpQrStUvWxYz'
    const error = `cannot reach https://verify.example/v1/inbound/${token} or ${token}`
    const operator = await rawOperator(() => ({
      status: 400,
      body: JSON.stringify({ success: false, error, data: {} }),
    }))
    const webhook = `https://verify.example/v1/inbound/${token}`
    const outcome = await telefonIp.place(accountAt(NAME, operator.url) as never, { ...CALL, webhook })
    expect(outcome.kind).toBe('refused')
    expect(JSON.stringify(outcome)).not.toContain(token)
  })

  it.each([84957770101, '74957770101', '+7 (495) 777-01-01', '8-495-777-01-01', '4957770101'])(
    'reads the number %j',
    async (auth_phone) => {
      expect(
        await placeAt(NAME, () => ({ status: 200, body: ok({ ...started, auth_phone }) })),
      ).toMatchObject({
        kind: 'placed',
        callId: '7',
        code: null,
        callTo: { number: '+74957770101' },
      })
    },
  )

  it('takes the number from the link if it is told only there', async () => {
    const data = { id: 7, url_link: 'tel:+74957770101' }
    expect(await placeAt(NAME, () => ({ status: 200, body: ok(data) }))).toMatchObject({
      callTo: { number: '+74957770101' },
    })
  })

  it.each([
    { ...started, auth_phone: '' },
    { ...started, id: null },
    { ...started, id: 0 },
    { ...started, id: '000' },
    { ...started, phone: '89243555101' },
    {},
  ])('is unclear if the answer is %j', async (data) => {
    expect((await placeAt(NAME, () => ({ status: 200, body: ok(data) }))).kind).toBe('unclear')
  })
})

describe('the check of an inbound call', () => {
  const check = (data: object) =>
    statusAt(NAME, () => ({ status: 200, body: ok({ id: 454733, phone: '89243555100', ...data }) }))

  it.each([{ phone: 79243555100 }, { phone: '+7 924 355-51-00' }, { id: '454733' }, { id: null }])(
    'names the caller, however it is written: %j',
    async (data) => {
      expect(await check({ status: ' OK ', ...data })).toMatchObject({ kind: 'called', by: PHONE })
    },
  )

  it.each([{ phone: null }, { phone: '8924***5100' }, { phone: '' }])(
    'names nobody in %j: such a call approves nothing',
    async (data) => {
      expect(await check({ status: 'ok', ...data })).toMatchObject({ kind: 'called', by: null })
    },
  )

  it.each(['pending', '', null, 1, true, 'okay', 'not ok', 'В обработке'])(
    'leaves the call open after %j',
    async (status) => {
      expect((await check({ status })).kind).toBe('open')
    },
  )

  it('ends it after `expired`, and is at fault about another id', async () => {
    expect(await check({ status: 'Expired' })).toMatchObject({
      kind: 'final',
      result: { status: 'not_called' },
    })
    expect(await check({ status: 'ok', id: 454734 })).toMatchObject({ kind: 'fault' })
    expect(await check({ status: 'expired', phone: '89243555101' })).toMatchObject({ kind: 'fault' })
  })
})

it('the notice names the caller in its parameters', () => {
  expect(telefonIp.callerOf?.({ success: 'True', phone: '89000000000', id: '1' })).toBe('+79000000000')
  expect(telefonIp.callerOf?.({ phone: 'nobody' })).toBe(null)
  expect(telefonIp.callerOf?.({})).toBe(null)
})
