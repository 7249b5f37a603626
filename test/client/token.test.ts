import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cancel } from '../../src/verifications/cancel.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { dialledCodes, newPhone, placeCalls, uuidOf, wrongFor } from '../verifications/support.ts'

const ORIGIN = 'https://app.example.com'

let test: TestHttp
let key: string
let client: ReturnType<TestHttp['clientContext']>
beforeAll(async () => {
  test = await startTestHttp()
  key = (await test.newKey()).secret
  const [first] = await test.app.db.sql<{ id: string }[]>`select id from tenants where name = 'first'`
  client = test.clientContext(first?.id ?? '')
  await test.app.db.sql`update tenants set allowed_origins = ${[ORIGIN]} where name = 'first'`
})
afterAll(() => test.stop())

async function begin(body: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  const started = await test.request('POST', '/v1/verifications', {
    key,
    headers,
    body: { phone: newPhone(), reference: 'order 7', metadata: { a: 'b' }, client_token: true, ...body },
  })
  expect(started.status).toBe(201)
  return started.body
}

const ask = (method: string, path: string, token: string | null, options: object = {}) =>
  test.request(method, `/v1/client/${path}`, { key: token, ...options })

/** A started verification whose phone rings, and its codes. */
async function ring(body: Record<string, unknown> = {}) {
  const { id, phone, client_token: token } = await begin(body)
  await placeCalls(test, id)
  const [code = ''] = dialledCodes(test, client, phone)
  return { id, token, code }
}

describe('a client token', () => {
  it('comes only on request, is the same for a repeated start, and is stored nowhere', async () => {
    const headers = { 'idempotency-key': 'client-token' }
    const phone = newPhone()
    const [first, again] = [await begin({ phone }, headers), await begin({ phone }, headers)]
    expect(first.client_token).toMatch(/^vct_[A-Za-z0-9_-]{43}$/)
    expect(again.client_token).toBe(first.client_token)
    expect(await begin({ client_token: false })).not.toHaveProperty('client_token')
    const found = await test.request('GET', `/v1/verifications/${first.id}`, { key })
    expect(found.text).not.toContain('vct_')
  })

  it('shows the verification without reference, metadata, attempts and cost', async () => {
    const { id, client_token: token } = await begin()
    const { status, body } = await ask('GET', 'verification', token)
    expect([status, body.id, body.status]).toEqual([200, id, 'pending'])
    for (const hidden of ['reference', 'metadata', 'attempts_detail']) expect(body).not.toHaveProperty(hidden)
  })

  it('confirms, without a proof in the answer; the back end gets the proof', async () => {
    const { id, token, code } = await ring()
    const wrong = await ask('POST', 'confirm', token, { body: { code: wrongFor(code) } })
    expect([wrong.status, wrong.body.code, wrong.body.checks_left]).toEqual([422, 'code_incorrect', 2])
    const right = await ask('POST', 'confirm', token, { body: { code } })
    expect([right.status, right.body.status]).toEqual([200, 'approved'])
    expect(right.text).not.toContain('proof')
    expect((await test.request('POST', `/v1/verifications/${id}/proof`, { key })).status).toBe(200)
  })

  it('retries, takes the next step and gives feedback like the back end', async () => {
    const { token } = await ring({ workflow: [{ channel: 'flash_call' }, { channel: 'sms' }] })
    const early = await ask('POST', 'retry', token)
    expect([early.status, early.body.code]).toEqual([429, 'retry_too_soon'])
    const next = await ask('POST', 'next', token)
    expect([next.status, next.body.channel, 'reference' in next.body]).toEqual([202, 'sms', false])
    expect((await ask('POST', 'feedback', token, { body: { reason: 'no_call' } })).status).toBe(204)
  })

  it('shares no Idempotency-Key with other tokens or with the back end', async () => {
    const [one, two] = [await ring(), await ring()]
    const headers = { 'idempotency-key': 'the same' }
    await test.request('POST', '/v1/verifications', { key, headers, body: { phone: newPhone() } })
    for (const { id, token } of [one, two]) {
      const options = { headers, body: { code: '0000000' } }
      const answers = [
        await ask('POST', 'confirm', token, options),
        await ask('POST', 'confirm', token, options),
      ]
      expect([id, ...answers.map(({ body }) => body.code)]).toEqual([id, 'code_incorrect', 'code_incorrect'])
      expect(answers[1]?.headers.get('idempotency-replayed')).toBe('true')
      const { body } = await ask('GET', 'verification', token)
      expect([body.id, body.checks_left]).toEqual([id, 2])
    }
  })

  it('counts the guesses of the address that sends them', async () => {
    const { token, code } = await ring()
    await ask('POST', 'confirm', token, { body: { code }, address: '203.0.113.7' })
    const [known] = await test.app.db.sql`
      select from known_requesters where requester = any(${[
        ...test.app.secrets.requesters(client.actor.tenantId, 'address 203.0.113.7'),
      ]}::bytea[])`
    expect(known).toBeDefined()
  })

  it('opens no other route, and an API key opens none of its own', async () => {
    const { id, client_token: token } = await begin()
    const strange = [
      await test.request('GET', `/v1/verifications/${id}`, { key: token }),
      await test.request('POST', '/v1/verifications', { key: token, body: { phone: newPhone() } }),
      await ask('GET', 'verification', key),
      await ask('GET', 'verification', null),
      await ask('GET', 'verification', `${token.slice(0, -1)}A`.replace(/AA$/, 'AB')),
      await ask('GET', 'events', 'vct_'),
    ]
    expect(strange.map(({ status }) => status)).toEqual(strange.map(() => 401))
  })

  it('works until ten minutes after the end', async () => {
    const { id, client_token: token } = await begin()
    await cancel(client, { id })
    expect((await ask('GET', 'verification', token)).body.status).toBe('cancelled')
    await test.app.db.sql`
      update verifications set completed_at = now() - interval '601 seconds' where id = ${uuidOf(id)}`
    const late = await ask('GET', 'verification', token)
    expect([late.status, late.body.code]).toEqual([401, 'unauthorized'])
  })
})

describe('a page of another origin', () => {
  it('that the tenant allows may ask, and reads errors too', async () => {
    const { client_token: token } = await begin()
    const asked = await ask('OPTIONS', 'confirm', null, { headers: { origin: ORIGIN } })
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN])
    expect(asked.headers.get('access-control-allow-headers')).toContain('Authorization')
    for (const answer of [
      await ask('GET', 'verification', token, { headers: { origin: ORIGIN } }),
      await ask('POST', 'confirm', token, { headers: { origin: ORIGIN }, body: {} }),
      await ask('GET', 'verification', 'vct_wrong', { headers: { origin: ORIGIN } }),
    ]) {
      expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN)
      expect(answer.headers.get('vary')).toBe('Origin')
    }
  })

  it('that it does not allow is refused, even if another tenant allows it', async () => {
    await test.app.db.sql`
      insert into tenants (id, name, allowed_origins) values (gen_random_uuid(), 'other', array['https://other.example'])`
    const { token, code } = await ring()
    for (const origin of ['https://evil.example', 'https://other.example', 'null']) {
      const answer = await ask('POST', 'confirm', token, { headers: { origin }, body: { code } })
      expect([answer.status, answer.body.code]).toEqual([403, 'origin_not_allowed'])
      expect(answer.headers.get('access-control-allow-origin')).toBe(null)
    }
    const asked = await ask('OPTIONS', 'confirm', null, { headers: { origin: 'https://evil.example' } })
    expect(asked.headers.get('access-control-allow-origin')).toBe(null)
  })

  it('must be written as browsers send it', async () => {
    const [first] = await test.app.db.sql<{ id: string }[]>`select id from tenants where name = 'first'`
    const path = `/v1/tenants/ten_${first?.id.replaceAll('-', '')}`
    const set = (allowed_origins: string[]) => test.request('PATCH', path, { body: { allowed_origins } })
    for (const bad of [
      'https://app.example.com/',
      'app.example.com',
      'http://app.example.com',
      '*',
      'https://A.example',
    ]) {
      expect((await set([bad])).status).toBe(422)
    }
    const saved = await set([ORIGIN, 'http://localhost:3000', ORIGIN])
    expect(saved.body.allowed_origins).toEqual([ORIGIN, 'http://localhost:3000'])
  })
})
