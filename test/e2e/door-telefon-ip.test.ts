import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { telefonIp } from '../../src/providers/telefon-ip/index.ts'
import { waitFor } from '../setup/wait.ts'
import { describeWithQueue, type Service, startService } from './support.ts'

type Envelope = { success: boolean; error: string; data: { id: number; code: string } }
type Row = { phone: string; code_auth: string; status: number; price: number; created_at: string }

const UNAUTHORIZED = { success: false, error: 'Unauthorized token', data: {} }

describeWithQueue('the telefon-ip door', 'PostgreSQL', (backend) => {
  let service: Service
  let base: string
  let token: string
  let phones = 1_000

  function newPhone(): string {
    phones += 1
    return `8924355${phones}`
  }

  beforeAll(async () => {
    service = await startService(backend, { quick: true })
    await service.admin('PATCH', '/v1/policies', { starts_per_prefix_hour: null, conversion_guard: null })
    const made = await service.admin('POST', '/v1/compat-credentials', {
      facade: 'telefon-ip',
      name: 'client',
      livemode: false,
    })
    token = made.body.token
    base = `${service.stack.url}/api/v1/authcalls`
  })
  afterAll(() => service?.stop())

  const fetchAt = (path: string, init?: RequestInit) => fetch(`${base}/${path}`, init)
  async function ask(path: string, init?: RequestInit) {
    const answer = await fetchAt(`${token}/${path}`, init)
    return { status: answer.status, body: (await answer.json()) as Envelope }
  }
  const post = (path: string, body: string, type: string) =>
    ask(path, { method: 'POST', body, headers: { 'content-type': type } })
  const calls = (phone: string) => service.rung(`+7${phone.slice(1)}`)
  const callCount = async (phone: string) => {
    const answer = await service.request('GET', `/v1/sandbox/calls?phone=%2B7${phone.slice(1)}`)
    return answer.body.data.length
  }

  it.each([
    ['8', 'get_code/%/'],
    ['7', 'get_code/%'],
    ['+7', 'get_code/%/'],
    ['', 'get_code/%'],
    ['8', 'get_code/%/?sms=true'],
  ])(
    'calls a phone that is written with %j by %s, and hands out the digits that rang',
    async (prefix, path) => {
      const phone = newPhone()
      const asked = path.replace('%', encodeURIComponent(`${prefix}${phone.slice(1)}`))
      const { status, body } = await ask(asked)
      expect(status).toBe(200)
      expect(body).toEqual({
        success: true,
        error: '',
        data: { phone, code: expect.any(String), id: expect.any(Number) },
      })
      const [rang = ''] = await calls(phone)
      expect(rang.slice(-4)).toBe(body.data.code)
      const { data } = (await ask(`get_status/${body.data.id}/`)).body
      const { status: state, status_info: info, ...call } = data as Record<string, unknown>
      // It may still ring.
      expect([state, info]).toBeOneOf([
        [0, ''],
        [1, 'Ok: SIP 487 Request Terminated'],
      ])
      expect(call).toEqual({
        id: body.data.id,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
        phone,
        price: expect.any(Number),
      })
    },
  )

  it('repeats its answer, and calls nobody again', async () => {
    const phone = newPhone()
    const [one, two] = await Promise.all([ask(`get_code/${phone}/`), ask(`get_code/${phone}`)])
    expect(one.body).toEqual(two.body)
    await calls(phone)
    expect(await callCount(phone)).toBe(1)
  })

  it('sends the client’s code as a text, or one of four digits', async () => {
    for (const [query, code] of [
      ['?code=0421', '0421'],
      ['', /^\d{4}$/],
    ] as const) {
      const { body } = await ask(`get_sms_code/${newPhone()}/${query}`)
      expect(body.data).toMatchObject({ code: typeof code === 'string' ? code : expect.stringMatching(code) })
    }
    expect(await ask(`get_sms_code/${newPhone()}/?code=12345`)).toMatchObject({ status: 400 })
    const { body } = await ask(`get_tg_code/${newPhone()}/?code=77`)
    expect(body).toMatchObject({ error: '', data: { code: '77', channel: 'telegram' } })
  })

  it('is never started by HEAD or a prefetch', async () => {
    const phone = newPhone()
    await fetchAt(`${token}/get_code/${phone}/`, { method: 'HEAD' })
    for (const [name, value] of [
      ['Purpose', 'prefetch'],
      ['Sec-Purpose', 'prefetch;prerender'],
      ['X-Moz', 'prefetch'],
    ] as const) {
      expect((await ask(`get_code/${phone}/`, { headers: { [name]: value } })).body.success).toBe(false)
    }
    expect(await callCount(phone)).toBe(0)
  })

  it('refuses in the operator’s words', async () => {
    const cases: [string, number, string][] = [
      ['get_status/999999/', 400, 'id record not found'],
      ['get_status/x/', 400, 'id record not found'],
      ['get_billing_record/101/', 400, 'count_record field greater than 100'],
      ['get_billing_csv/31.12.2021/', 400, 'Incorrect data format field date_start, should be YYYY-MM-DD'],
      ['get_billing_csv/2021-02-30/', 400, 'Incorrect data format field date_start, should be YYYY-MM-DD'],
      ['get_code/12/', 400, 'Invalid phone number'],
      ['nothing/', 400, 'Bad request'],
    ]
    for (const [path, status, error] of cases) {
      expect(await ask(path)).toEqual({ status, body: { success: false, error, data: {} } })
    }
    for (const wrong of ['4ea13fbf-f5a3-4084-8b01-9733cd6fd0b1', service.stack.testKey, '']) {
      const answer = await fetchAt(`${wrong}/get_balance/`)
      expect([answer.status, await answer.json()]).toEqual([401, UNAUTHORIZED])
    }
    const elsewhere = await service.request('GET', '/v1/verifications', { key: token })
    expect(elsewhere.status).toBe(401)
  })

  it('lists the calls without their codes, as JSON, form and CSV', async () => {
    const phone = newPhone()
    await ask(`get_code/${phone}/`)
    const newest = (await ask('get_billing_record/1/')).body.data as unknown as Row[]
    expect(newest).toEqual([
      {
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
        code_auth: '****',
        status: expect.any(Number),
        status_info: expect.any(String),
        phone,
        price: expect.any(Number),
      },
    ])
    const day = newest[0]?.created_at.slice(0, 10) ?? ''
    const days = { start_date: day, end_date: day }
    const asJson = await post('post_billing_data/', JSON.stringify(days), 'application/json')
    const asForm = await post(
      'post_billing_data',
      String(new URLSearchParams(days)),
      'application/x-www-form-urlencoded',
    )
    for (const { body } of [asJson, asForm]) {
      expect((body.data as unknown as Row[]).map((row) => row.phone)).toContain(phone)
    }
    const csv = await fetchAt(`${token}/get_billing_csv/${day}/`)
    expect(csv.headers.get('content-type')).toContain('text/csv')
    const [head, ...lines] = (await csv.text()).trim().split('\n')
    expect(head).toBe('created_at,code_auth,status,status_info,phone,price')
    expect(lines.some((line) => line.includes(`,${phone},`))).toBe(true)
  })

  it('tells the balance as numbers', async () => {
    const { body } = await ask('get_balance/')
    expect(body.data).toEqual({
      balance: expect.any(Number),
      price: expect.any(Number),
      balance_limit: expect.any(Number),
    })
  })

  it('lets a person call, tells it on request, and requests the client’s webhook once', async () => {
    const received: string[] = []
    const server = createServer((request, response) => {
      received.push(request.url ?? '')
      response.statusCode = received.length === 1 ? 500 : 204
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const phone = newPhone()
    const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/called?own=1`
    const begun = await post(
      'reverse_auth_phone_post',
      JSON.stringify({ phone, webhook }),
      'application/json',
    )
    const { id, auth_phone, url_link, url_image } = begun.body.data as unknown as Record<string, string>
    expect([auth_phone, url_link]).toEqual([
      expect.stringMatching(/^8\d{10}$/),
      expect.stringMatching(/^tel:\+7\d{10}$/),
    ])
    expect((await fetch(url_image ?? '')).headers.get('content-type')).toBe('image/svg+xml')
    const status = async () => (await ask(`reverse_auth_phone_check/${id}`)).body.data
    expect(await status()).toEqual({ phone, id, status: 'pending' })
    await service.request('POST', '/v1/sandbox/inbound', {
      body: { from: `+7${phone.slice(1)}`, to: url_link?.slice(4) },
    })
    await waitFor(async () => ((await status()) as unknown as { status: string }).status === 'ok', {
      timeoutMs: 20_000,
    })
    await waitFor(() => received.length === 2, { timeoutMs: 20_000 })
    expect(new Set(received)).toEqual(new Set([`/called?own=1&success=True&phone=${phone}&id=${id}`]))
    server.close()
  })

  it('serves the project’s own adapter: one installation may be the operator of another', async () => {
    const account = {
      id: 'prv_test',
      baseUrl: service.stack.url,
      credentials: telefonIp.credentials.parse({ token }),
      settings: telefonIp.settings.parse({}),
      allowPrivateTargets: true,
      isStopped: () => false,
    }
    const phone = `+7${newPhone().slice(1)}`
    const placed = await telefonIp.place(account, { channel: 'flash_call', phone, code: null })
    if (placed.kind !== 'placed') throw new Error(JSON.stringify(placed))
    expect(placed.code).toBe((await service.rung(phone))[0]?.slice(-4))
    const call = { channel: 'flash_call', phone, callId: placed.callId ?? '', placedAt: new Date() } as const
    await waitFor(
      async () => {
        const told = await telefonIp.status(account, call)
        return told.kind === 'final' && told.result.status !== 'unknown'
      },
      { timeoutMs: 40_000 },
    )
    expect((await ask(`get_status/${placed.callId}`)).body.data).toMatchObject({ status: 1 })
    expect(await telefonIp.balance(account)).toMatchObject({ currency: 'RUB' })
    const span = { from: new Date(Date.now() - 60_000), to: new Date(Date.now() + 60_000), phone }
    const { rows } = await telefonIp.records(account, span)
    expect(rows.filter((row) => row.phone === phone)).toMatchObject([{ code: null }])
  })
})
