import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp, type ServiceConfig } from '../../src/app.ts'
import { reportEnds } from '../../src/limits/guard.ts'
import { updatePolicy } from '../../src/limits/manage.ts'
import { getStanding, listStandings } from '../../src/limits/manage-standings.ts'
import { PROBES_PER_MINUTE } from '../../src/limits/rules.ts'
import { forgetEndedStandings, resealStandings } from '../../src/limits/standings.ts'
import { publicId } from '../../src/values/ids.ts'
import { startTestHttp, type TestHttp } from '../http/client.ts'
import { ends } from './ends.ts'

const RANGE = '+7924777'
const OLD = randomBytes(32)
const PHONE = `${RANGE}0001`
const path = (phone: string) => `/v1/phones/${encodeURIComponent(phone)}/standing`

let test: TestHttp
let key: string
beforeAll(async () => {
  test = await startTestHttp({ SECRET_KEY: OLD.toString('base64') })
  key = (await test.newKey()).secret
})
afterAll(() => test.stop())

const set = (phone: string, standing: string, more: Record<string, unknown> = {}) =>
  test.request('PUT', path(phone), { body: { standing, ...more } })

const begin = (phone: string) => test.request('POST', '/v1/verifications', { key, body: { phone } })

describe('the standing of a phone', () => {
  it('is neutral at first, is kept with its time and reason, and ends when it is set to neutral', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString()
    expect((await test.request('GET', path(PHONE))).body).toEqual({
      phone: PHONE,
      standing: 'neutral',
      until: null,
      reason: null,
      updated_at: null,
    })
    const blocked = await set(PHONE, 'blocked', { until, reason: 'pumping' })
    expect([blocked.status, blocked.body]).toMatchObject([
      200,
      { phone: PHONE, standing: 'blocked', until, reason: 'pumping' },
    ])
    // National notation names the same phone.
    expect((await test.request('GET', path(PHONE.replace('+7', '8')))).body).toEqual(blocked.body)
    expect((await set(PHONE, 'trusted')).body).toMatchObject({
      standing: 'trusted',
      until: null,
      reason: null,
    })
    expect((await set(PHONE, 'neutral')).body).toMatchObject({ standing: 'neutral' })
    expect((await test.request('GET', path(PHONE))).body).toMatchObject({ standing: 'neutral' })
  })

  it('is refused for an impossible phone, an unknown word and a time in the past', async () => {
    for (const answer of [
      await set('12', 'blocked'),
      await set(PHONE, 'banned'),
      await set(PHONE, 'blocked', { until: '2020-01-01T00:00:00Z' }),
    ])
      expect([answer.status, answer.body.code]).toEqual([422, 'invalid_request'])
  })

  it('is listed by page and by standing, for its own tenant only', async () => {
    const { body: other } = await test.request('POST', '/v1/tenants', { body: { name: 'other' } })
    const headers = { 'ringproof-tenant': other.id }
    const phones = [1, 2, 3].map((i) => `${RANGE}01${i}0`)
    for (const [i, phone] of phones.entries()) {
      const body = { standing: i === 1 ? 'trusted' : 'blocked' }
      expect((await test.request('PUT', path(phone), { body, headers })).status).toBe(200)
    }
    const list = async (query: string) => (await test.request('GET', `/v1/phones${query}`, { headers })).body
    const first = await list('?limit=2')
    expect(first.data.map(({ phone }: { phone: string }) => phone)).toEqual([phones[2], phones[1]])
    const rest = await list(`?limit=2&cursor=${first.next_cursor}`)
    expect([rest.data.map(({ phone }: { phone: string }) => phone), rest.next_cursor]).toEqual([
      [phones[0]],
      null,
    ])
    expect((await list('?standing=trusted')).data).toMatchObject([{ phone: phones[1] }])
    expect((await test.request('GET', '/v1/phones')).body.data).toEqual([])
  })

  it('needs admin, and a live key to change it', async () => {
    const { secret } = await test.newKey({ scopes: ['verify', 'read', 'admin'] })
    expect((await test.request('PUT', path(PHONE), { key, body: { standing: 'blocked' } })).status).toBe(403)
    const test_ = await test.request('PUT', path(PHONE), { key: secret, body: { standing: 'blocked' } })
    expect(test_.status).toBe(403)
    expect((await test.request('GET', path(PHONE), { key: secret })).status).toBe(200)
  })
})

describe('a blocked phone', () => {
  it('is refused at the start, in the audit too, until it is neutral or its time is over', async () => {
    const phone = `${RANGE}0200`
    await set(phone, 'blocked')
    const refused = await begin(phone)
    expect([refused.status, refused.body]).toMatchObject([
      403,
      { code: 'destination_denied', rule: 'blocked_phone' },
    ])
    const { body: trail } = await test.request(
      'GET',
      `/v1/verifications/${refused.body.verification}/audit`,
      {
        key,
      },
    )
    expect(trail.data).toMatchObject([{ type: 'verification.denied', data: { rule: 'blocked_phone' } }])
    await set(phone, 'neutral')
    expect((await begin(phone)).status).toBe(201)

    const soon = `${RANGE}0201`
    await set(soon, 'blocked', { until: new Date(Date.now() + 60_000).toISOString() })
    expect((await begin(soon)).status).toBe(403)
    await test.app.db.sql`update phone_standings set until = now() where until is not null`
    expect((await begin(soon)).status).toBe(201)
    await forgetEndedStandings(test.app.db.sql)
    expect(await test.app.db.sql`select from phone_standings where until is not null`).toHaveLength(0)
  })

  it('gets no further call either', async () => {
    const phone = `${RANGE}0210`
    const { body } = await begin(phone)
    await set(phone, 'blocked')
    await test.app.db.sql`
      update attempts set status = 'failed', placing_at = now() - interval '1 minute', ended_at = now()`
    const retried = await test.request('POST', `/v1/verifications/${body.id}/retry`, { key })
    expect([retried.status, retried.body.code]).toEqual([403, 'destination_denied'])
  })
})

describe('a trusted phone', () => {
  it('passes the conversion guard and the limit of its range, and keeps the limits per phone', async () => {
    const tenant = await test.newTenant()
    const { tenantId } = tenant.actor
    const headers = { 'ringproof-tenant': publicId('tenant', tenantId) }
    const admin = (await test.newKey({ scopes: ['verify', 'read', 'admin'] })).secret
    const phone = `${RANGE}0300`
    await updatePolicy(tenant, { starts_per_prefix_hour: PROBES_PER_MINUTE, starts_per_phone_10m: 1 })
    await reportEnds(test.app, [{ tenantId, livemode: false, range: RANGE, byWeight: ends(60, 0) }])
    const beginThere = (phone: string) =>
      test.request('POST', '/v1/verifications', { key: admin, headers, body: { phone } })
    test.app.caches.clear('policies')
    for (let i = 0; i < PROBES_PER_MINUTE; i++) expect((await beginThere(`${RANGE}031${i}`)).status).toBe(201)
    expect((await beginThere(phone)).status).toBe(403)
    await test.request('PUT', path(phone), { headers, body: { standing: 'trusted' } })
    expect((await beginThere(phone)).status).toBe(201)
    expect((await beginThere(phone)).body.code).toBe('rate_limited')
    expect((await beginThere(`${RANGE}0319`)).status).toBe(403)
  })
})

describe('what is stored about a standing', () => {
  it('holds no phone in clear, is in the audit without its reason, and is erased with the phone', async () => {
    const phone = `${RANGE}0400`
    await set(phone, 'blocked', { reason: 'Mrs Smith' })
    const [row] = await test.app.db.sql`select * from phone_standings where reason = 'Mrs Smith'`
    expect(JSON.stringify(row)).not.toContain(phone)
    const events = await test.app.db.sql<{ data: string }[]>`
      select data from audit_log where type = 'phone.blocked' order by id desc limit 1`
    expect(Object.keys(JSON.parse(events[0]?.data ?? ''))).toEqual(['phone'])
    const { body } = await test.request('POST', '/v1/erasures', { body: { phone } })
    expect(body.status).toBe('done')
    expect((await test.request('GET', path(phone))).body.standing).toBe('neutral')
    expect(await test.app.db.sql`select from phone_standings where reason = 'Mrs Smith'`).toHaveLength(0)
  })

  it('still applies while SECRET_KEY is rotated, and opens without the old key once it is resealed', async () => {
    const phone = `${RANGE}0500`
    const tenant = await test.newTenant()
    const headers = { 'ringproof-tenant': publicId('tenant', tenant.actor.tenantId) }
    await test.request('PUT', path(phone), { headers, body: { standing: 'blocked' } })
    const NEW = randomBytes(32)
    const appWith = (SECRET_KEY_OLD: (typeof OLD)[]) =>
      createApp({ ...(test.app.config as ServiceConfig), SECRET_KEY: NEW, SECRET_KEY_OLD }, 'rotated')
    const during = appWith([OLD])
    const after = appWith([])
    try {
      expect(await getStanding({ ...tenant, ...during }, { phone })).toMatchObject({ standing: 'blocked' })
      expect(await resealStandings(during)).toMatchObject({ unreadable: 0 })
      expect(await getStanding({ ...tenant, ...after }, { phone })).toMatchObject({ standing: 'blocked' })
      const { data } = await listStandings({ ...tenant, ...after }, { limit: 20 })
      expect(data).toMatchObject([{ phone, standing: 'blocked' }])
    } finally {
      await during.close()
      await after.close()
    }
  })
})
