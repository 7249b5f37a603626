import { describe, expect, it } from 'vitest'
import { bearerOf } from '../../src/providers/new-tel/signature.ts'
import { namespaceOf } from '../../src/sandbox/credentials.ts'
import { control, sandboxAccount, sandboxForTest, seedOf } from './sandbox-accounts.ts'
import { sandboxCredentials } from './simulated.ts'

const [one, two] = [seedOf('one'), seedOf('two')]

describe('sandbox credentials', () => {
  it('look like the operators’ own, with one namespace per tenant', () => {
    const { token = '' } = sandboxCredentials(one, 'telefon-ip')
    const { access_key = '', sign_key = '' } = sandboxCredentials(one, 'new-tel')
    expect(token).toMatch(/^[0-9a-f]{48}$/)
    expect([access_key, sign_key].join(' ')).toMatch(/^[0-9a-f]{48} [0-9a-f]{48}$/)
    expect(namespaceOf(token)).toBe(namespaceOf(access_key))
    expect(namespaceOf(sandboxCredentials(two, 'telefon-ip').token ?? '')).not.toBe(namespaceOf(token))
    expect(token).not.toContain(one.toString('hex').slice(0, 16))
  })

  it('are valid by themselves', () => {
    const { token = '' } = sandboxCredentials(one, 'telefon-ip')
    const changed = token.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
    for (const wrong of ['', 'x', changed, token.toUpperCase(), `${token}0`])
      expect(namespaceOf(wrong)).toBeNull()
  })

  it('need 32 bytes', () => {
    expect(() => sandboxCredentials(Buffer.alloc(16), 'telefon-ip')).toThrow(RangeError)
  })
})

describe('the sandbox', () => {
  it('shows a tenant nothing of another tenant', async () => {
    const { url } = await sandboxForTest({ now: steadyClock() })
    const phone = '+79243555100'
    for (const operator of ['telefon-ip', 'new-tel']) {
      const { provider, account, code } = sandboxAccount(url, operator)
      await provider.place(account, { channel: 'flash_call', phone, code })
    }
    const seen = async (path: string, tenant: string) =>
      (await control(url, path, { tenant })).body.data.length
    for (const path of [
      '/ledger',
      '/handset/calls',
      '/handset/calls?phone=%2B79243555100',
      '/handset/calls?phone=+79243555100',
    ]) {
      expect([path, await seen(path, 'one'), await seen(path, 'two')]).toEqual([path, 2, 0])
    }
    for (const operator of ['telefon-ip', 'new-tel']) {
      const { provider, account } = sandboxAccount(url, operator, { tenant: 'two' })
      const span = { from: new Date(0), to: new Date(Date.now() + 60_000), phone: null }
      expect(await provider.records(account, span)).toMatchObject({ rows: [] })
    }
  })

  it.each(['/ledger', '/handset/calls'])('requires a sandbox token for %s', async (path) => {
    const { url } = await sandboxForTest()
    for (const headers of [{}, { authorization: 'Bearer nonsense' }]) {
      expect((await fetch(url + path, { headers: headers as Record<string, string> })).status).toBe(401)
    }
  })

  it('refuses wrong credentials as the operators do', async () => {
    const { url } = await sandboxForTest()
    const telefonIp = await fetch(`${url}/telefon-ip/api/v1/authcalls/nonsense/get_balance/`)
    expect([telefonIp.status, await telefonIp.json()]).toEqual([
      401,
      { success: false, error: 'Unauthorized token', data: {} },
    ])
    const { access_key: accessKey = '', sign_key: signKey = '' } = sandboxCredentials(one, 'new-tel')
    const method = 'company/get-state'
    const time = (shift: number) => String(Math.floor(Date.now() / 1_000) + shift)
    const right = { method, time: time(0), accessKey, signKey, content: '""' }
    const asked = async (signed: typeof right) => {
      const headers = { authorization: `Bearer ${bearerOf(signed)}`, 'content-type': 'application/json' }
      const response = await fetch(`${url}/new-tel/${method}`, { method: 'POST', headers, body: '""' })
      return [response.status, response.headers.has('signature')]
    }
    expect(await asked(right)).toEqual([200, true])
    const wrongs = [
      { ...right, time: time(-700) },
      { ...right, time: time(700) },
      { ...right, signKey: 'a'.repeat(48) },
      { ...right, content: '{}' },
      { ...right, accessKey: '0'.repeat(48) },
    ]
    for (const wrong of wrongs) expect(await asked(wrong)).toEqual([401, false])
  })

  it('accepts form parameters with flags as strings, as some clients send them', async () => {
    const { url } = await sandboxForTest()
    const { access_key: accessKey = '', sign_key: signKey = '' } = sandboxCredentials(one, 'new-tel')
    const content = 'async=1&dstNumber=79243555100&pin=01234'
    const time = String(Math.floor(Date.now() / 1_000))
    const method = 'call-password/start-password-call'
    const response = await fetch(`${url}/new-tel/${method}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${bearerOf({ method, time, accessKey, signKey, content })}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: content,
    })
    expect(await response.json()).toMatchObject({
      data: { result: 'success', callDetails: { pin: '01234' } },
    })
  })

  it.each([
    ['get_status/1/', 'id record not found'],
    ['get_billing_record/101/', 'count_record field greater than 100'],
    ['get_billing_csv/31-12-2021/', 'Incorrect data format field date_start, should be YYYY-MM-DD'],
  ])('answers %s with the documented 400', async (path, error) => {
    const { url } = await sandboxForTest()
    const { token } = sandboxCredentials(one, 'telefon-ip')
    const response = await fetch(`${url}/telefon-ip/api/v1/authcalls/${token}/${path}`)
    expect([response.status, await response.json()]).toEqual([400, { success: false, error, data: {} }])
  })

  it('keeps calls for an hour, up to its maximum', async () => {
    const clock = { now: Date.now() }
    const { calls } = await sandboxForTest({ now: () => clock.now, mostCalls: 2_000 })
    const course = {
      end: 'busy',
      ringsAfterMs: 0,
      endsAfterMs: 0,
      reportedAfterMs: 0,
      rewritten: false,
    } as const
    const dial = () =>
      calls.dial({
        namespace: 'n',
        operator: 'telefon-ip',
        channel: 'flash_call',
        phone: '+79243555100',
        code: '0000',
        course,
      })
    const first = dial()
    for (let dialled = 0; dialled < 10_000; dialled++) dial()
    expect(calls.byId('n', 'telefon-ip', first.id)).toBeNull()
    expect(calls.list('n').length).toBeLessThanOrEqual(2_000 + 1_024)
    clock.now += 3_600_001
    expect(calls.list('n')).toEqual([])
    expect(calls.list('n', '+79243555100')).toEqual([])
  })
})

/** Each look moves the clock by a second, so that dialled calls have rung. */
function steadyClock(): () => number {
  let now = Date.now()
  return () => {
    now += 1_000
    return now
  }
}
