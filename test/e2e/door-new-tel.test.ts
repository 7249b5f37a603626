import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newTel } from '../../src/providers/new-tel/index.ts'
import { waitFor } from '../setup/wait.ts'
import { describeWithQueue, type Service, startService } from './support.ts'

type Details = { callId: string; pin: string; status: string | null }
type Told = {
  status: string
  message?: string
  data: { result: string; message?: string; callDetails: Details }
}

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'

describeWithQueue('the New-Tel door', 'PostgreSQL', (backend) => {
  let service: Service
  let keys: { access_key: string; sign_key: string }
  let phones = 2_000
  let seconds = 0

  function newPhone(): string {
    phones += 1
    return `7924355${phones}`
  }
  beforeAll(async () => {
    service = await startService(backend)
    await service.admin('PATCH', '/v1/policies', { starts_per_prefix_hour: null, conversion_guard: null })
    const made = await service.admin('POST', '/v1/compat-credentials', {
      facade: 'new-tel',
      name: 'client',
      livemode: false,
    })
    keys = made.body
  })
  afterAll(() => service?.stop())

  /** As the document's PHP builds it. Each request has a second of its own, so that no signature occurs twice. */
  function bearer(method: string, body: string, time?: number): string {
    seconds += 1
    const { access_key, sign_key } = keys
    const at = String(time ?? Math.floor(Date.now() / 1_000) - 300 + (seconds % 600))
    const hash = createHash('sha256')
      .update(`${method}\n${at}\n${access_key}\n${body}\n${sign_key}`)
      .digest('hex')
    return `${access_key}${at}${hash}`
  }

  async function send(
    method: string,
    body: string,
    { type = JSON_TYPE, token = bearer(method, body), verb = 'POST' } = {},
  ) {
    const answer = await fetch(`${service.stack.url}/${method}`, {
      method: verb,
      ...(verb === 'POST' ? { body } : {}),
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
    })
    const text = await answer.text()
    const time = token.slice(48, 58)
    const right = createHash('sha256')
      .update(`${method}\n${time}\n${keys.access_key}\n${text}\n${keys.sign_key}`)
      .digest('hex')
    const signature = answer.headers.get('signature')
    return { status: answer.status, body: JSON.parse(text) as Told, isSigned: signature === right }
  }
  const post = (method: string, params: object) => send(method, JSON.stringify(params))

  it.each(['call', 'call-password'])(
    '%s/start-password-call calls from a number with the client’s pin',
    async (prefix) => {
      for (const pin of ['12345', '4321']) {
        const phone = newPhone()
        const told = await post(`${prefix}/start-password-call`, {
          dstNumber: phone,
          pin,
          async: '1',
          timeout: '20',
        })
        expect(told).toMatchObject({ status: 200, isSigned: true })
        expect(told.body).toEqual({
          status: 'success',
          data: {
            result: 'success',
            callDetails: { callId: expect.stringMatching(/^\d{16}$/), pin, status: null },
          },
        })
        expect((await service.rung(`+${phone}`))[0]?.slice(-pin.length)).toBe(pin)
      }
    },
  )

  it('draws a pin where the client has none, in every form of body', async () => {
    const bodies: [string, string][] = [
      [`{ "async": 1, "dstNumber": "${newPhone()}" }`, JSON_TYPE],
      [`async=1&dstNumber=${newPhone()}`, FORM_TYPE],
      [`dstNumber=%2B${newPhone()}`, FORM_TYPE],
      [`{"dstNumber":${newPhone()},"async":1}`, JSON_TYPE],
    ]
    for (const [body, type] of bodies) {
      const { body: told } = await send('call-password/start-password-call', body, { type })
      const phone = /7924\d{7}/.exec(body)?.[0] ?? ''
      const { pin } = told.data.callDetails
      expect((await service.rung(`+${phone}`))[0]?.slice(-pin.length)).toBe(pin)
    }
  })

  it('answers with the end where the client waits for it, and tells it later on request', async () => {
    const told = await post('call/start-password-call', { dstNumber: newPhone(), async: 0, timeout: 20 })
    const { callId, status } = told.body.data.callDetails
    expect(status).toMatch(/^(answered|no answer|busy)$/)
    const later = await post('call-password/get-password-call-status', { callId })
    expect(later.body.data.callDetails).toMatchObject({ callId, status, isValidNumber: true })
    const { body } = await post('call/get-vpbx-id', { callId })
    const { vpbxId } = body.data as unknown as { vpbxId: string }
    expect(vpbxId).toMatch(/^[0-9a-f]{40}$/)
    const details = (await post('vpbx/get-call-details', { vpbxId })).body.data.callDetails
    expect(details).toMatchObject({ vpbxId, direction: 'out', status, active: false })
    const { calls } = (await post('vpbx/get-calls', {})).body.data as unknown as { calls: object[] }
    expect(calls).toContainEqual(details)
  }, 60_000)

  it('takes doubled slashes, upper-case signatures, and a plus in a form that means a blank', async () => {
    const method = 'call/start-password-call'
    const phone = newPhone()
    const body = `dstNumber=+${phone}&pin=24601`
    const token = bearer(method, body).toUpperCase()
    const told = await send(`/${method}`, body, { type: FORM_TYPE, token })
    expect(told.body.data.callDetails).toMatchObject({ pin: '24601' })
    expect((await service.rung(`+${phone}`))[0]?.slice(-5)).toBe('24601')
  })

  it('answers any body with a mistake of the client, never with a failure of ours', async () => {
    const bodies = [
      '',
      'null',
      '[]',
      '{',
      '\0',
      '{"dstNumber":null}',
      '{"dstNumber":{}}',
      '{"__proto__":1}',
      '=',
      '%zz=%zz',
    ]
    for (const method of ['call/start-password-call', 'call/get-vpbx-id', 'vpbx/get-call-details']) {
      for (const body of bodies) {
        const told = await send(method, body, { type: 'multipart/form-data' })
        expect([body, told.isSigned, told.status]).toEqual([body, true, told.status === 400 ? 400 : 200])
        if (told.status === 200) expect(told.body.data.result).toBe('error')
      }
    }
  })

  it('tells the state of the company', async () => {
    const { body } = await send('company/get-state', '""')
    expect(body.data).toEqual({
      result: 'success',
      state: {
        balance: expect.any(Number),
        credit: expect.any(Number),
        currency: expect.stringMatching(/^[A-Z]{3}$/),
        dayTrafficCost: 0,
        monthTrafficCost: 0,
        status: 'active',
      },
    })
  })

  it('refuses in the operator’s words, at both levels', async () => {
    const unknown = await post('call/get-vpbx-id', { callId: '1234567890123456' })
    expect(unknown).toMatchObject({ status: 200, isSigned: true })
    expect(unknown.body).toEqual({
      status: 'success',
      data: { result: 'error', message: 'Call not found or unavailable' },
    })
    const missing = await post('call/get-nothing', {})
    expect([missing.status, missing.body]).toEqual([
      404,
      { status: 'error', message: 'Requested method not found' },
    ])
    for (const [params, name] of [
      [{ dstNumber: '12' }, 'dstNumber'],
      [{ dstNumber: newPhone(), pin: 'x' }, 'pin'],
      [{ dstNumber: newPhone(), timeout: 5 }, 'timeout'],
    ] as const) {
      const told = await post('call/start-password-call', params)
      expect([told.status, told.body]).toEqual([
        400,
        { status: 'error', message: `Invalid parameter: ${name}` },
      ])
    }
  })

  it('opens only to a right, timely signature, once', async () => {
    const method = 'company/get-state'
    const now = Math.floor(Date.now() / 1_000)
    const token = bearer(method, '{}', now)
    expect((await send(method, '{}', { token })).status).toBe(200)
    const flipped = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`
    const refusals: [string, string, string][] = [
      [token, '{}', 'Signature already used'],
      [flipped, '{}', 'Wrong signature'],
      [bearer(method, '{}', now - 1), '{ }', 'Wrong signature'],
      [bearer(method, '{}', now - 601), '{}', 'Timestamp out of range'],
      [bearer(method, '{}', now + 620), '{}', 'Timestamp out of range'],
      [`${'a'.repeat(48)}${token.slice(48)}`, '{}', 'Unauthorized'],
      [service.stack.testKey, '{}', 'Unauthorized'],
    ]
    for (const [wrong, body, message] of refusals) {
      const told = await send(method, body, { token: wrong })
      expect([told.status, told.body, told.isSigned]).toEqual([401, { status: 'error', message }, false])
    }
    expect((await send(method, '', { verb: 'GET' })).status).toBe(400)
    for (const secret of [keys.access_key, keys.sign_key, token]) {
      expect((await service.request('GET', '/v1/verifications', { key: secret })).status).toBe(401)
      expect(service.stack.logs()).not.toContain(secret)
    }
  })

  it('repeats its answer to the same start, and calls nobody again', async () => {
    const phone = newPhone()
    const params = { dstNumber: phone, pin: '13579' }
    const [one, two] = await Promise.all([1, 2].map(() => post('call/start-password-call', params)))
    expect(one?.body).toEqual(two?.body)
    await service.rung(`+${phone}`)
    const listed = await service.request('GET', `/v1/sandbox/calls?phone=%2B${phone}`)
    expect(listed.body.data).toHaveLength(1)
  })

  it.each(['call', 'call-password'] as const)('serves the project’s own adapter, by %s', async (api) => {
    const account = {
      id: 'prv_test',
      baseUrl: service.stack.url,
      credentials: newTel.credentials.parse({ access_key: keys.access_key, sign_key: keys.sign_key }),
      settings: newTel.settings.parse({ method_prefix: api }),
      allowPrivateTargets: true,
      isStopped: () => false,
    }
    const phone = `+${newPhone()}`
    const code = api === 'call' ? '24680' : '24681'
    const placed = await newTel.place(account, { channel: 'flash_call', phone, code })
    if (placed.kind !== 'placed') throw new Error(JSON.stringify(placed))
    const call = { channel: 'flash_call', phone, callId: placed.callId ?? '', placedAt: new Date() } as const
    await waitFor(
      async () => {
        const told = await newTel.status(account, call)
        return told.kind === 'final' && told.result.status !== 'unknown'
      },
      { timeoutMs: 40_000, pauseMs: 1_100 },
    )
    expect(await newTel.balance(account)).toMatchObject({ balanceMicros: expect.any(BigInt) })
  })
})
