import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { control, fault, sandboxForTest, seedOf } from './sandbox-accounts.ts'
import { sandboxCredentials } from './simulated.ts'

const PHONE = '+79243555100'
const OTHER = '+79253555100'

/** The operator's actions for inbound calls, as a client of the operator sends them. */
async function operatorForTest() {
  const clock = { now: Date.now() }
  const { url } = await sandboxForTest({ now: () => clock.now })
  const tokenOf = (tenant: string) => sandboxCredentials(seedOf(tenant), 'telefon-ip').token
  const ask = async (action: string, init?: RequestInit, tenant = 'one') => {
    const response = await fetch(`${url}/telefon-ip/api/v1/authcalls/${tokenOf(tenant)}/${action}`, init)
    // biome-ignore lint/suspicious/noExplicitAny: a test reads into answers of any shape
    const body: any = await response.json().catch(() => null)
    return { status: response.status, body }
  }
  const start = async (phone: string, tenant = 'one') => {
    const { body } = await ask(`reverse_auth_phone_get?phone=8${phone.slice(2)}`, {}, tenant)
    return body.data as { id: number; auth_phone: string; url_image: string; url_link: string }
  }
  const startWithWebhook = (webhook: string) =>
    ask('reverse_auth_phone_post', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ phone: `8${PHONE.slice(2)}`, webhook }),
    })
  const check = async (id: number) => (await ask(`reverse_auth_phone_check/${id}`)).body.data
  const call = async (from: string, authPhone: string, tenant = 'one') => {
    const body = JSON.stringify({ from, to: `+7${authPhone.slice(1)}` })
    return (await control(url, '/inbound', { method: 'POST', body, tenant })).body as unknown as {
      awaited: boolean
    }
  }
  return { url, clock, ask, start, startWithWebhook, check, call }
}

describe('an inbound call at telefon-ip', () => {
  it('is awaited, comes in, and is reported for its phone', async () => {
    const { start, check, call } = await operatorForTest()
    const { id, auth_phone: number, url_link: link } = await start(PHONE)
    expect(link).toBe(`tel:+7${number.slice(1)}`)
    expect(await check(id)).toEqual({ phone: '89243555100', id, status: 'pending' })
    expect(await call(PHONE, number)).toMatchObject({ from: PHONE, awaited: true })
    expect(await check(id)).toEqual({ phone: '89243555100', id, status: 'ok' })
  })

  it('belongs to the phone that calls, although all phones are shown one number', async () => {
    const { start, check, call } = await operatorForTest()
    const [one, other] = [await start(PHONE), await start(OTHER)]
    expect(one.auth_phone).toBe(other.auth_phone)
    await call(OTHER, one.auth_phone)
    expect([(await check(one.id)).status, (await check(other.id)).status]).toEqual(['pending', 'ok'])
  })

  it('is not awaited from another phone, on another number, by another tenant, twice or too late', async () => {
    const { clock, start, check, call } = await operatorForTest()
    const { id, auth_phone: number } = await start(PHONE)
    const awaited = async (from: string, to: string, tenant?: string) =>
      (await call(from, to, tenant)).awaited
    expect(await awaited(OTHER, number)).toBe(false)
    expect(await awaited(PHONE, '84957770199')).toBe(false)
    expect(await awaited(PHONE, number, 'two')).toBe(false)
    expect(await awaited(PHONE, number)).toBe(true)
    expect(await awaited(PHONE, number)).toBe(false)
    const late = await start(PHONE)
    clock.now += 120_000
    expect((await check(late.id)).status).toBe('expired')
    expect(await awaited(PHONE, number)).toBe(false)
    expect((await check(id)).status).toBe('ok')
  })

  it('is announced to the webhook once, when it comes in', async () => {
    const notices: string[] = []
    const server = createServer((request, response) => {
      notices.push(request.url ?? '')
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`
    const { startWithWebhook, call } = await operatorForTest()
    const { id, auth_phone: number } = (await startWithWebhook(webhook)).body.data
    await call(OTHER, number)
    await call(PHONE, number)
    await call(PHONE, number)
    await vi.waitFor(() => expect(notices).not.toEqual([]))
    expect(notices).toEqual([`/told?success=True&phone=89243555100&id=${id}`])
  })

  it('is charged and recorded once it came in', async () => {
    const { ask, start, call } = await operatorForTest()
    const { auth_phone: number } = await start(PHONE)
    const rows = async () => (await ask('get_billing_record/10')).body.data
    expect(await rows()).toEqual([])
    await call(PHONE, number)
    expect(await rows()).toMatchObject([{ phone: '89243555100', status: 1, price: 0.2 }])
    expect((await ask('get_balance')).body.data.balance).toBe(999_999.8)
  })

  it('is refused for what is no phone or no webhook, and unknown by another id', async () => {
    const { ask, startWithWebhook } = await operatorForTest()
    for (const answer of [
      await ask('reverse_auth_phone_get?phone=79243555100'),
      await ask('reverse_auth_phone_get'),
      await startWithWebhook('file:///etc/passwd'),
      await ask('reverse_auth_phone_check/1'),
    ]) {
      expect(answer).toMatchObject({ status: 400, body: { success: false } })
    }
  })
})

describe('faults of inbound calls', () => {
  it.each([
    ['http_500', 0],
    ['http_500_after_call', 1],
    ['garbage_after_call', 1],
    ['reset_after_call', 1],
    ['refuse', 0],
  ])('%s: the number is not told, and %i requests are kept', async (mode, kept) => {
    const { url, start } = await operatorForTest()
    await fault(url, { operator: 'telefon-ip', mode })
    const { auth_phone: number } = (await start(PHONE).catch(() => null)) ?? {}
    expect(number).toBeUndefined()
    const { data } = (await control(url, '/ledger')).body
    expect(data.map(({ channel, rings }) => ({ channel, rings }))).toEqual(
      Array.from({ length: kept }, () => ({ channel: 'inbound_call', rings: false })),
    )
  })

  it('status_500: the state cannot be read', async () => {
    const { url, ask, start } = await operatorForTest()
    const { id } = await start(PHONE)
    await fault(url, { operator: 'telefon-ip', mode: 'status_500' })
    expect((await ask(`reverse_auth_phone_check/${id}`)).status).toBe(500)
  })

  it('undetermined: the call comes in and is never reported', async () => {
    const { url, clock, start, check, call } = await operatorForTest()
    await fault(url, { operator: 'telefon-ip', mode: 'undetermined' })
    const { id, auth_phone: number } = await start(PHONE)
    expect((await call(PHONE, number)).awaited).toBe(true)
    clock.now += 121_000
    expect((await check(id)).status).toBe('pending')
  })
})

describe('special phones of inbound calls', () => {
  it.each([
    ['+79000000001', true, 'ok'],
    ['+79000000003', false, 'pending'],
    ['+79000000008', true, 'pending'],
    ['+79000000009', false, 'pending'],
    ['+79000000010', true, 'ok'],
    ['+79000000011', true, 'ok'],
    ['+79000000012', true, 'ok'],
  ])('%s: awaited %j, then %s', async (phone, awaited, status) => {
    const { start, check, call } = await operatorForTest()
    const { id, auth_phone: number } = await start(phone)
    expect((await call(phone, number)).awaited).toBe(awaited)
    expect((await check(id)).status).toBe(status)
  })

  it.each(['get_code', 'get_sms_code', 'get_tg_code'])(
    '+79000000011: nothing arrives by %s',
    async (action) => {
      const { url, clock, ask } = await operatorForTest()
      const { id } = (await ask(`${action}/89000000011`)).body.data
      clock.now += 1_000
      expect((await ask(`get_status/${id}`)).body.data.status).toBe(0)
      for (const seen of ['calls', 'messages']) {
        expect((await control(url, `/handset/${seen}`)).body.data).toEqual([])
      }
    },
  )
})
