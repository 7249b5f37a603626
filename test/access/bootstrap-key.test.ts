import { afterEach, describe, expect, it } from 'vitest'
import { ensureBootstrapKey } from '../../src/access/key-bootstrap.ts'
import type { ServiceConfig } from '../../src/app.ts'
import { prepareInstallation } from '../../src/tenants/bootstrap.ts'
import { createWeb } from '../../src/web.ts'
import { ADMIN_KEY, clientOf, startTestHttp, type TestHttp } from '../http/client.ts'
import { waitFor } from '../setup/wait.ts'

const OTHER_KEY = `rp_live_${'C'.repeat(40)}`
const soon = () => new Date(Date.now() + 500).toISOString()

let test: TestHttp
afterEach(() => test.stop())

const keysOf = (test: TestHttp) => test.app.db.sql`select * from api_keys order by id`
const asAdmin = (test: TestHttp, key = ADMIN_KEY) => test.request('GET', '/v1/tenants', { key })

describe('BOOTSTRAP_ADMIN_KEY', () => {
  it('is created once, at its first use, by any process', async () => {
    test = await startTestHttp()
    const processes = Array.from({ length: 5 }, () => clientOf(createWeb(test.app)))
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

  it('has no effect while another admin key exists', async () => {
    test = await startTestHttp({ BOOTSTRAP_ADMIN_KEY: '' })
    expect((await asAdmin(test)).status).toBe(401)
    await ensureBootstrapKey(test.app.db, { BOOTSTRAP_ADMIN_KEY: `rp_live_${'B'.repeat(40)}` })
    await ensureBootstrapKey(test.app.db, { BOOTSTRAP_ADMIN_KEY: ADMIN_KEY })
    expect(await keysOf(test)).toHaveLength(1)
    expect((await asAdmin(test)).status).toBe(401)
  })

  it('starts to work when earlier admin keys have ended, if it never was a key', async () => {
    test = await startTestHttp()
    // A test key with admin does not count: it administers nothing live.
    await test.newKey({ scopes: ['read', 'admin'] })
    const other = { ...test.app, config: { ...test.app.config, BOOTSTRAP_ADMIN_KEY: OTHER_KEY } }
    const http = { request: clientOf(createWeb(other)) } as TestHttp
    expect((await asAdmin(http, OTHER_KEY)).status).toBe(401)
    await test.app.db.sql`update api_keys set expires_at = now() where livemode`
    await waitFor(async () => (await asAdmin(http, OTHER_KEY)).status === 200)
  })

  const endings: [string, (id: string) => Promise<unknown>][] = [
    ['revoked', (id) => test.request('DELETE', `/v1/api-keys/${id}`)],
    ['replaced', (id) => test.request('POST', `/v1/api-keys/${id}/rotate`, { body: { overlap_seconds: 1 } })],
    [
      'replaced at once',
      (id) => test.request('POST', `/v1/api-keys/${id}/rotate`, { body: { overlap_seconds: 0 } }),
    ],
    ['let expire', (id) => test.request('PATCH', `/v1/api-keys/${id}`, { body: { expires_at: soon() } })],
  ]
  it.each(endings)('never works again after it was %s, even if no admin key is left', async (_, end) => {
    test = await startTestHttp()
    const { body } = await test.request('GET', '/v1/api-keys')
    await test.newKey({ scopes: ['admin'], livemode: true })
    await end(body.data[0].id)
    await waitFor(async () => (await asAdmin(test)).status === 401)
    await test.app.db.sql`update api_keys set expires_at = now() where revoked_at is null`
    // Even after restarts with the variable still set.
    for (let start = 0; start < 2; start++) {
      await prepareInstallation(test.app.config as ServiceConfig, { printTestKey: false })
      const restarted = { request: clientOf(createWeb(test.app)) } as TestHttp
      expect((await asAdmin(restarted)).status).toBe(401)
    }
    const admins = await test.app.db.sql`
      select from api_keys where revoked_at is null and (expires_at is null or expires_at > now())`
    expect(admins).toHaveLength(0)
  })
})

it('the installation’s test key is printed at every start until it ends', async () => {
  test = await startTestHttp()
  const printed = () => prepareInstallation(test.app.config as ServiceConfig, { printTestKey: true })
  const { testKey } = await printed()
  expect((await printed()).testKey).toBe(testKey)
  const { body } = await test.request('GET', '/v1/api-keys')
  const { id } = body.data.find(({ name }: { name: string }) => name === 'printed by npm start')
  await test.request('POST', `/v1/api-keys/${id}/rotate`, { body: { overlap_seconds: 1 } })
  expect((await printed()).testKey).toBe(testKey)
  await waitFor(async () => (await printed()).testKey === null)
})
