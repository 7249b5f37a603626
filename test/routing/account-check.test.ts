import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxBaseUrl } from '../../src/sandbox/credentials.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { sandboxCredentials } from '../sandbox/simulated.ts'

const PROVIDERS = ['telefon-ip', 'new-tel'] as const
type Name = (typeof PROVIDERS)[number]
type Fields = Record<string, unknown>

/** Fictional credentials in the right form. */
const WRONG = {
  'telefon-ip': { token: 'nobody-has-this-token' },
  'new-tel': { access_key: 'a'.repeat(48), sign_key: 'b'.repeat(48) },
}

let test: TestHttp
/** Counts its requests, and answers none as an operator would. */
let stranger: Server
let strangerUrl: string
let asked = 0

beforeAll(async () => {
  test = await startTestHttp()
  stranger = createServer((request, response) => {
    asked += 1
    if (!request.url?.startsWith('/silent')) response.end('<h1>It works!</h1>')
  })
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
  strangerUrl = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
})
afterAll(async () => {
  stranger.closeAllConnections()
  stranger.close()
  await test.stop()
})

const rightCredentials = (provider: Name) => sandboxCredentials(randomBytes(32), provider)

async function add(provider: Name, fields: Fields = {}) {
  const body = {
    provider,
    name: `account ${Math.random()}`,
    base_url: sandboxBaseUrl(test.sandbox.url, provider),
    credentials: rightCredentials(provider),
    ...fields,
  }
  return { ...(await test.request('POST', '/v1/provider-accounts', { body })), name: body.name }
}
const change = (id: string, body: Fields) => test.request('PATCH', `/v1/provider-accounts/${id}`, { body })
const tried = (id: string) => test.request('POST', `/v1/provider-accounts/${id}/check`)
const isSaved = async (name: string) =>
  (await test.request('GET', '/v1/provider-accounts?limit=100')).body.data.some(
    (account: { name: string }) => account.name === name,
  )

describe.each(PROVIDERS)('credentials of %s', (provider) => {
  it('that work are saved, and the answer says so', async () => {
    const made = await add(provider)
    expect([made.status, made.body.check]).toEqual([201, { ok: true, detail: null }])
    const health = await test.request('GET', `/v1/provider-accounts/${made.body.id}/health`)
    expect(health.body.balance).toMatchObject({ amount: { currency: 'RUB' }, error: null })
  })

  it('that do not work are saved, and the answer says so in our own words', async () => {
    const made = await add(provider, { credentials: WRONG[provider] })
    expect([made.status, made.body.check]).toEqual([
      201,
      { ok: false, detail: expect.stringMatching(/^The operator rejects the credentials\. .* stopped/) },
    ])
    expect(await isSaved(made.name)).toBe(true)
    const mended = await change(made.body.id, { credentials: rightCredentials(provider) })
    expect(mended.body.check.ok).toBe(true)
  })

  it('that do not work are refused with `check: require`, and nothing is saved', async () => {
    const refused = await add(provider, { credentials: WRONG[provider], check: 'require' })
    expect([refused.status, refused.body.code, refused.body.errors[0].path]).toEqual([
      422,
      'invalid_request',
      'credentials',
    ])
    expect(await isSaved(refused.name)).toBe(false)
    const { body: account } = await add(provider, { check: 'require' })
    const changed = await change(account.id, { credentials: WRONG[provider], check: 'require', name: 'x' })
    expect([changed.status, changed.body.errors[0].path]).toEqual([422, 'credentials'])
    expect((await tried(account.id)).status).toBe(200)
    expect(await isSaved('x')).toBe(false)
  })

  it('are told apart from a wrong address and from one that does not answer', async () => {
    const { body: made } = await add(provider, { base_url: strangerUrl })
    expect(made.check).toEqual({ ok: false, detail: expect.stringContaining('base_url is probably wrong') })
    const wrong = await add(provider, { base_url: strangerUrl, check: 'require' })
    expect([wrong.status, wrong.body.errors[0].path]).toEqual([422, 'base_url'])
    const gone = await add(provider, { base_url: 'http://127.0.0.1:1', check: 'require' })
    expect([gone.status, gone.body.errors]).toEqual([
      422,
      [{ path: 'base_url', message: expect.stringContaining('cannot be reached') }],
    ])
    expect([await isSaved(wrong.name), await isSaved(gone.name)]).toEqual([false, false])
  })

  it('are not sent to a new address unless given again with it', async () => {
    const { body: account } = await add(provider)
    const { host, port } = new URL(test.sandbox.url)
    const before = asked
    for (const base_url of [
      strangerUrl,
      `http://localhost:${port}/${provider}`,
      `https://${host}/${provider}`,
      `http://127.0.0.1/${provider}`,
    ]) {
      const moved = await change(account.id, { base_url })
      expect([base_url, moved.status, moved.body.errors[0].path]).toEqual([base_url, 422, 'credentials'])
    }
    expect((await tried(account.id)).status).toBe(200)
    expect(asked).toBe(before)
    const elsewhere = { base_url: strangerUrl, credentials: rightCredentials(provider) }
    expect((await change(account.id, elsewhere)).body.check.ok).toBe(false)
    expect(asked).toBe(before + 1)
    expect((await change(account.id, { base_url: `${strangerUrl}/v2` })).status).toBe(200)
  })
})

it('a repeated request gets the first answer, without another check', async () => {
  const headers = { 'idempotency-key': 'an account' }
  const body = {
    provider: 'telefon-ip',
    name: 'repeated',
    base_url: strangerUrl,
    credentials: WRONG['telefon-ip'],
  }
  const first = await test.request('POST', '/v1/provider-accounts', { body, headers })
  const before = asked
  const second = await test.request('POST', '/v1/provider-accounts', { body, headers })
  expect([first.status, first.body.check.ok]).toEqual([201, false])
  expect([second.status, second.body, asked]).toEqual([201, first.body, before])
})

it('a new name causes no check', async () => {
  const { body: account } = await add('new-tel', { base_url: strangerUrl })
  const before = asked
  const renamed = await change(account.id, { name: 'another name' })
  expect([renamed.status, renamed.body.check, asked]).toEqual([200, null, before])
  const changed = await change(account.id, { settings: { method_prefix: 'call-password' } })
  expect([changed.body.check.ok, asked]).toEqual([false, before + 1])
})

it('an operator that never answers delays a request no longer than the limit', async () => {
  const made = await add('telefon-ip', { base_url: `${strangerUrl}/silent` })
  expect([made.status, made.body.check]).toEqual([
    201,
    { ok: false, detail: expect.stringContaining('did not answer within 5 seconds') },
  ])
})
