import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resealCompats } from '../../src/access/compat-reseal.ts'
import { createApp, type ServiceConfig } from '../../src/app.ts'
import type { App } from '../../src/context.ts'
import type { Facade } from '../../src/db/schema/compat.ts'
import { createWeb } from '../../src/web.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { waitFor } from '../setup/wait.ts'
import { outcome, secondApp } from '../verifications/support.ts'

const PATH = '/v1/compat-credentials'

let test: TestHttp
beforeAll(async () => {
  test = await startTestHttp()
})
afterAll(() => test.stop())

async function make(facade: Facade, options: { key?: string; livemode?: boolean } = {}) {
  const { key, ...more } = options
  const body = { facade, name: `our ${facade} client`, ...more }
  const answer = await test.request('POST', PATH, { body, ...(key ? { key } : {}) })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body
}

const knock = (facade: Facade, credential: string, at: TestHttp['http'] = test.http, address = '192.0.2.1') =>
  at.doors.authenticate({ facade, credential, address: () => address })

describe('a credential of a door', () => {
  it('shows its secrets once, and is stored as a hash and a sealed key', async () => {
    const one = await make('telefon-ip')
    const two = await make('new-tel')
    expect(one.token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect([two.access_key, two.sign_key]).toEqual(Array(2).fill(expect.stringMatching(/^[0-9a-f]{48}$/)))
    expect(one).toMatchObject({ facade: 'telefon-ip', livemode: true, last_used_at: null })
    const { token, ...rest } = one
    expect((await test.request('GET', `${PATH}/${one.id}`)).body).toEqual(rest)
    const listed = await test.request('GET', `${PATH}?limit=1`)
    expect(listed.body).toMatchObject({ data: [{ id: two.id }], next_cursor: expect.any(String) })
    const audit = await test.request('GET', '/v1/audit?type=compat.created')
    expect(audit.body.data.map((event: { data: { compat: string } }) => event.data.compat)).toContain(one.id)
    const dump = await test.app.db.sql`select c::text as row from compat_credentials c`
    const places = [listed.text, audit.text, JSON.stringify(dump)].join()
    for (const secret of [token, two.access_key, two.sign_key]) expect(places).not.toContain(secret)
  })

  it('opens its own door, with the key that signs there', async () => {
    const one = await make('telefon-ip')
    const two = await make('new-tel')
    expect(await knock('telefon-ip', one.token)).toMatchObject({
      signKey: null,
      actor: { type: 'compat', livemode: true, scopes: [] },
    })
    expect(await knock('new-tel', two.access_key)).toMatchObject({ signKey: two.sign_key })
    expect(await knock('new-tel', one.token)).toBeNull()
    expect(await knock('telefon-ip', two.access_key)).toBeNull()
    expect(await knock('new-tel', two.sign_key)).toBeNull()
    const used = await waitFor(async () => (await test.request('GET', `${PATH}/${one.id}`)).body.last_used_at)
    expect(Date.now() - Date.parse(used)).toBeLessThan(60_000)
  })

  it('opens no route of the API, and a key opens no door', async () => {
    const { token } = await make('telefon-ip')
    const { access_key } = await make('new-tel')
    const { secret } = await test.newKey()
    for (const key of [token, access_key]) {
      expect((await test.request('GET', '/v1/verifications', { key })).status).toBe(401)
    }
    expect(await knock('telefon-ip', secret)).toBeNull()
    expect(await knock('new-tel', secret)).toBeNull()
  })

  it('belongs to one tenant and mode: a test key can neither make nor see live ones', async () => {
    const { id } = await make('telefon-ip')
    const { secret: key } = await test.newKey({ scopes: ['admin'] })
    const own = await make('telefon-ip', { key })
    expect(own.livemode).toBe(false)
    const body = { facade: 'telefon-ip', name: 'live', livemode: true }
    expect((await test.request('POST', PATH, { key, body })).status).toBe(403)
    for (const method of ['GET', 'DELETE'])
      expect((await test.request(method, `${PATH}/${id}`, { key })).status).toBe(404)
    const { body: tenant } = await test.request('POST', '/v1/tenants', { body: { name: 'theirs' } })
    const headers = { 'ringproof-tenant': tenant.id }
    expect((await test.request('GET', `${PATH}/${id}`, { headers })).status).toBe(404)
    const theirs = await test.request('POST', PATH, { body: { ...body, livemode: false }, headers })
    expect(theirs.body).toMatchObject({ tenant: tenant.id, livemode: false })
    const { secret } = await test.newKey()
    expect((await test.request('GET', PATH, { key: secret })).status).toBe(403)
  })

  it('stops working at once, and within a second in every other process', async () => {
    const { app } = secondApp(test)
    const other = createWeb(app)
    const { id, access_key } = await make('new-tel')
    expect([await knock('new-tel', access_key), await knock('new-tel', access_key, other)]).not.toContain(
      null,
    )
    const revoked = await test.request('DELETE', `${PATH}/${id}`)
    expect([revoked.status, revoked.text]).toEqual([204, ''])
    expect(await knock('new-tel', access_key)).toBeNull()
    test.passTime(1000)
    expect(await knock('new-tel', access_key, other)).toBeNull()
    await app.close()
    const audit = await test.request('GET', '/v1/audit?type=compat.revoked')
    expect(audit.body.data[0].data).toEqual({ compat: id, name: 'our new-tel client' })
  })

  it('is counted with wrong keys where it is wrong', async () => {
    const web = createWeb(test.app)
    const outcomes = []
    for (let i = 0; i < 32; i++) {
      const credential = randomBytes(24).toString('hex')
      outcomes.push(await outcome(knock('new-tel', credential, web, '198.51.100.9')))
    }
    expect(outcomes).toEqual([...Array(30).fill('ok'), 'too_many_requests', 'too_many_requests'])
    const { token } = await make('telefon-ip')
    expect(await knock('telefon-ip', token, web, '198.51.100.9')).not.toBeNull()
  })

  it('signs on through a rotation of SECRET_KEY, once resealed without the old one', async () => {
    const { id, access_key, sign_key } = await make('new-tel')
    const config = test.app.config as ServiceConfig
    const key = randomBytes(32)
    const signKeyUnder = async (
      SECRET_KEY_OLD: ServiceConfig['SECRET_KEY_OLD'],
      during = async (_: App) => {},
    ) => {
      const app = createApp({ ...config, SECRET_KEY: key, SECRET_KEY_OLD }, 'rotated')
      try {
        await during(app)
        return (await knock('new-tel', access_key, createWeb(app)))?.signKey
      } finally {
        await app.close()
      }
    }
    expect(await signKeyUnder([config.SECRET_KEY])).toBe(sign_key)
    await signKeyUnder([config.SECRET_KEY], async (app) => {
      const { resealed, unreadable } = await resealCompats(app)
      expect([resealed > 0, unreadable]).toEqual([true, 0])
      expect(await resealCompats(app)).toEqual({ resealed: 0, unreadable: 0 })
    })
    expect(await signKeyUnder([])).toBe(sign_key)
    await test.request('DELETE', `${PATH}/${id}`)
  })
})
