import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetIdempotencyKeys } from '../../src/idempotency/forget.ts'
import { createWeb } from '../../src/web.ts'
import { clientOf, startTestHttp, type TestHttp } from './client.ts'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

let made = 0
const newPhone = () => `+7924355${String(5000 + made++)}`
const withKey = (key: string) => ({ headers: { 'idempotency-key': key } })
const start = (key: string, phone: string, options = {}) =>
  test.request('POST', '/v1/verifications', { body: { phone }, ...withKey(key), ...options })
const countOf = async (phone: string) => {
  const rows = await test.app.db.sql`select 1 from verifications where phone = ${phone}`
  return rows.length
}

describe('an Idempotency-Key', () => {
  it('repeats the first answer to the byte, and has no second effect', async () => {
    const phone = newPhone()
    const first = await start('same', phone)
    const again = await start('same', phone)
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null])
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    expect(again.text).toBe(first.text)
    expect(again.headers.get('location')).toBe(first.headers.get('location'))
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'))
    expect(await countOf(phone)).toBe(1)
  })

  it('admits one of fifty parallel requests over two processes', async () => {
    const other = clientOf(createWeb(test.app))
    const phone = newPhone()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        (i % 2 ? other : test.request)('POST', '/v1/verifications', { body: { phone }, ...withKey('fifty') }),
      ),
    )
    const created = answers.filter(({ status }) => status === 201)
    const waiting = answers.filter(({ status }) => status === 409)
    expect(created.length + waiting.length).toBe(50)
    expect(new Set(created.map(({ body }) => body.id)).size).toBe(1)
    expect(created.filter(({ headers }) => !headers.has('idempotency-replayed'))).toHaveLength(1)
    for (const { body, headers } of waiting) {
      expect(body.code).toBe('idempotency_in_progress')
      expect(headers.get('retry-after')).toBe('1')
    }
    expect(await countOf(phone)).toBe(1)
    expect((await start('fifty', phone)).body.id).toBe(created[0]?.body.id)
  })

  it('counts once if a proxy joined two equal headers', async () => {
    const phone = newPhone()
    const { body: first } = await start('joined', phone)
    expect((await start('joined, joined', phone)).body.id).toBe(first.id)
    expect((await start('joined, another', newPhone())).status).toBe(201)
  })

  it('is refused with another body, path or method', async () => {
    const phone = newPhone()
    const first = await start('other', phone)
    const otherBody = await start('other', newPhone())
    const otherPath = await test.request(
      'POST',
      `/v1/verifications/${first.body.id}/cancel`,
      withKey('other'),
    )
    const otherSpelling = await test.request('POST', '/v1/verifications', {
      body: `{ "phone": "${phone}" }`,
      ...withKey('other'),
    })
    for (const answer of [otherBody, otherPath, otherSpelling]) {
      expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_mismatch'])
    }
  })

  it('keeps a refusal too', async () => {
    const first = await test.request('POST', '/v1/verifications', { body: '{', ...withKey('refused') })
    const again = await test.request('POST', '/v1/verifications', { body: '{', ...withKey('refused') })
    expect([first.status, again.status, again.text]).toEqual([400, 400, first.text])
    expect(again.headers.get('content-type')).toBe('application/problem+json')
    expect(again.headers.get('idempotency-replayed')).toBe('true')
  })

  it('is free again after a temporary failure', async () => {
    const { body: verification } = await start('cancel me', newPhone())
    const path = `/v1/verifications/${verification.id}`
    const notReady = await test.request('POST', `${path}/confirm`, {
      body: { code: '1234' },
      ...withKey('409'),
    })
    expect([notReady.status, notReady.body.code]).toEqual([409, 'code_not_ready'])
    const rows = await test.app.db.sql`select 1 from idempotency_keys where key = '409'`
    expect(rows).toHaveLength(0)
    const other = await test.request('POST', `${path}/cancel`, withKey('409'))
    expect(other.status).toBe(200)
  })

  it('belongs to one tenant and mode', async () => {
    const [live, test1] = [undefined, (await test.newKey()).secret]
    const tenant = await test.request('POST', '/v1/tenants', { body: { name: 'other' } })
    const foreign = (await test.newKey({ tenant: tenant.body.id })).secret
    const phone = newPhone()
    const answers = await Promise.all([live, test1, foreign].map((key) => start('mine', phone, { key })))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(3)
    const acting = { 'ringproof-tenant': tenant.body.id, 'idempotency-key': 'mine' }
    const asAdmin = await start('', phone, { headers: acting })
    expect([asAdmin.status, asAdmin.headers.get('idempotency-replayed')]).toEqual([201, null])
  })

  it('is not kept if the API key or its scope is wrong', async () => {
    const reader = (await test.newKey({ scopes: ['read'] })).secret
    expect((await start('no scope', newPhone(), { key: reader })).status).toBe(403)
    expect(await test.app.db.sql`select 1 from idempotency_keys where key = 'no scope'`).toHaveLength(0)
  })

  it('must have 1 to 255 characters', async () => {
    for (const key of ['', 'a'.repeat(256), 'é']) {
      const answer = await start(key, newPhone())
      expect([key, answer.status, answer.body.errors[0].path]).toEqual([key, 422, 'Idempotency-Key'])
    }
    expect((await start('a'.repeat(255), newPhone())).status).toBe(201)
  })

  it('means nothing on other methods than POST', async () => {
    const first = await test.request('GET', '/v1/verifications?limit=1', withKey('get'))
    await start('between', newPhone())
    const second = await test.request('GET', '/v1/verifications?limit=1', withKey('get'))
    expect(second.text).not.toBe(first.text)
  })
})

describe('a kept answer', () => {
  it('is sealed, and the body leaves no plain trace', async () => {
    const answer = await test.request('POST', '/v1/api-keys', {
      body: { name: 'sealed', scopes: ['read'] },
      ...withKey('sealed'),
    })
    const [row] = await test.app.db.sql`select * from idempotency_keys where key = 'sealed'`
    expect(Buffer.concat([row?.answer, row?.fingerprint]).toString('latin1')).not.toContain(
      answer.body.secret,
    )
    const again = await test.request('POST', '/v1/api-keys', {
      body: { name: 'sealed', scopes: ['read'] },
      ...withKey('sealed'),
    })
    expect(again.body.secret).toBe(answer.body.secret)
  })

  it('lasts 24 hours', async () => {
    const phone = newPhone()
    const first = await start('old', phone)
    const age = (hours: number) =>
      test.app.db
        .sql`update idempotency_keys set created_at = now() - ${hours} * interval '1 hour' where key = 'old'`
    await age(23.9)
    expect((await start('old', phone)).body.id).toBe(first.body.id)
    await age(24.1)
    const later = await start('old', newPhone())
    expect([later.status, later.headers.get('idempotency-replayed')]).toEqual([201, null])
    await age(24.1)
    expect(await forgetIdempotencyKeys(test.app.db)).toBe(1)
    expect(await forgetIdempotencyKeys(test.app.db)).toBe(0)
  })
})
