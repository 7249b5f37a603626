import { afterEach, describe, expect, it } from 'vitest'
import { createHttpApp } from '../../src/http/app.ts'
import { ensureBootstrapKey } from '../../src/tenants/authenticate.ts'
import { ADMIN_KEY, clientOf, startTestHttp, type TestHttp } from '../http/client.ts'

let test: TestHttp
afterEach(() => test.stop())

const keysOf = (test: TestHttp) => test.app.db.sql`select * from api_keys order by id`
const asAdmin = (test: TestHttp, key = ADMIN_KEY) => test.request('GET', '/v1/tenants', { key })

describe('BOOTSTRAP_ADMIN_KEY', () => {
  it('exists as soon as it is used, once, whoever uses it first', async () => {
    test = await startTestHttp()
    const processes = Array.from({ length: 5 }, () => clientOf(createHttpApp(test.app)))
    const uses = processes.flatMap((request) => [
      request('GET', '/v1/tenants'),
      request('GET', '/v1/tenants'),
    ])
    const starts = Array.from({ length: 5 }, () => ensureBootstrapKey(test.app.db, test.app.config))
    const [answers] = await Promise.all([Promise.all(uses), Promise.all(starts)])
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    const rows = await keysOf(test)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ livemode: true, scopes: ['verify', 'read', 'billing', 'admin'] })
  })

  it('means nothing while another admin key exists', async () => {
    test = await startTestHttp({ BOOTSTRAP_ADMIN_KEY: '' })
    expect((await asAdmin(test)).status).toBe(401)
    await ensureBootstrapKey(test.app.db, { BOOTSTRAP_ADMIN_KEY: `rp_live_${'B'.repeat(40)}` })
    await ensureBootstrapKey(test.app.db, { BOOTSTRAP_ADMIN_KEY: ADMIN_KEY })
    expect(await keysOf(test)).toHaveLength(1)
    expect((await asAdmin(test)).status).toBe(401)
  })

  it('comes back when the last admin key is gone: revoked or expired', async () => {
    test = await startTestHttp()
    const other = await test.newKey({ scopes: ['admin'], livemode: true })
    const [own] = (await test.request('GET', '/v1/api-keys?limit=2')).body.data.slice(1)
    await test.request('DELETE', `/v1/api-keys/${own.id}`)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect((await asAdmin(test)).status).toBe(401)
    await test.app.db
      .sql`update api_keys set expires_at = now() - interval '1 second' where hint = ${other.secret.slice(-4)}`
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect((await asAdmin(test, other.secret)).status).toBe(401)
    expect((await asAdmin(test)).status).toBe(200)
    expect(await keysOf(test)).toHaveLength(2)
  })
})
