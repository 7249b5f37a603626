import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealHours } from '../../src/audit/checkpoints/seal.ts'
import { publicId } from '../../src/values/ids.ts'
import { type Client, startTestHttp, type TestHttp } from '../http/client.ts'
import { hoursAgo, TYPES, writeHistory } from './history.ts'

let test: TestHttp
let tenant: string
let reader: string
let live: string
let made: Awaited<ReturnType<typeof writeHistory>>

const COUNT = 400

beforeAll(async () => {
  test = await startTestHttp()
  tenant = (await test.request('POST', '/v1/tenants', { body: { name: 'own' } })).body.id
  reader = (await test.newKey({ tenant, scopes: ['read'] })).secret
  live = (await test.newKey({ tenant, scopes: ['read'], livemode: true })).secret
  const client = test.clientContext(uuid(tenant))
  made = await writeHistory(test, client.actor.tenantId, { from: hoursAgo(3), count: COUNT }, (i) => ({
    reference: i === 7 ? 'signup, "4711"' : null,
    status: i % 100 === 3 ? 'failed' : 'expired',
  }))
  // Other tenants' rows in the same tables, which the tenant must never see.
  const other = await test.newTenant('other')
  await writeHistory(test, other.actor.tenantId, { from: hoursAgo(3), count: 50 })
  await writeHistory(test, client.actor.tenantId, { from: hoursAgo(3), count: 50 }, () => ({
    livemode: true,
  }))
  await test.app.db.sql`
    insert into attempts (id, verification_id, ordinal, round, channel, provider, status, assumed, created_at, ended_at, looks)
    select gen_random_uuid(), id, 1, 0, 'flash_call', case when id = ${made[11]?.row.id} then 'new-tel' else 'telefon-ip' end,
      'no_answer', false, created_at, completed_at, 0 from verifications`
  await test.app.db.sql`
    insert into asked_providers (provider, verification_id) select provider, verification_id from attempts`
  await test.app.db.sql`analyze`
}, 60_000)
afterAll(() => test.stop())

const uuid = (id: string) => id.slice(4).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
const ask = (query: string, key = reader, headers: Record<string, string> = {}) =>
  test.request('GET', `/v1/audit${query}`, { key, headers })
const idOf = (i: number) => publicId('verification', made[i]?.row.id ?? '')

/** Every page of a list. */
async function all(
  query: string,
  key = reader,
): Promise<{ id: string; verification: string; type: string }[]> {
  const events: { id: string; verification: string; type: string }[] = []
  for (let cursor = ''; ; ) {
    const { body } = await ask(`?limit=100&${query}${cursor && `&cursor=${cursor}`}`, key)
    events.push(...body.data)
    if (body.next_cursor === null) return events
    cursor = body.next_cursor
  }
}

const exported = async (query: string, type: string, request: Client = test.request) =>
  request('GET', `/v1/audit?${query}`, { key: reader, headers: { accept: type } })

describe('the audit of a tenant', () => {
  it('lists all its events in the key’s mode, newest first, each once', async () => {
    const events = await all('')
    expect(events).toHaveLength(COUNT * TYPES.length)
    const ids = events.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)].sort().reverse())
  })

  it.each([
    ['a phone, with the + that nobody encodes', () => `phone=+${made[5]?.row.phone.slice(1)}`, [5]],
    ['the last digits of a phone', () => `phone_ends=${made[5]?.row.phone.slice(-5)}`, [5]],
    ['a reference', () => `reference=${encodeURIComponent('signup, "4711"')}`, [7]],
    ['a verification', () => `verification=${idOf(9)}`, [9]],
    ['a provider', () => 'provider=new-tel', [11]],
    ['a status', () => 'status=failed', [303, 203, 103, 3]],
    ['two of them', () => `status=failed&phone_ends=${made[103]?.row.phone.slice(-4)}`, [103]],
  ])('is found by %s', async (_, query, expected) => {
    const events = await all(query())
    expect(events.map(({ verification }) => verification)).toEqual(
      expected.flatMap((i) => TYPES.map(() => idOf(i))),
    )
    expect(events.map(({ type }) => type)).toEqual(expected.flatMap(() => TYPES.toReversed()))
    const short = (await ask(`?limit=4&${query()}`)).body
    const rest = (await ask(`?limit=100&${query()}&cursor=${short.next_cursor}`)).body
    expect([...short.data, ...rest.data]).toEqual(events)
  })

  it('is searchable by type, alone and combined', async () => {
    const events = await all('type=check.wrong')
    expect(events).toHaveLength(COUNT)
    expect(events.every(({ type }) => type === 'check.wrong')).toBe(true)
    expect((await all('type=check.wrong&status=failed')).map((event) => event.verification)).toEqual(
      [303, 203, 103, 3].map(idOf),
    )
    expect(await all('type=check.right')).toEqual([])
  })

  it('is searchable by time, both ends included', async () => {
    const [from, to] = [10, 12].map((i) => made[i]?.row.createdAt.toISOString())
    const expected = made
      .flatMap(({ events }) => events)
      .filter(({ at }) => {
        const time = at.toISOString()
        return time >= (from ?? '') && time <= (to ?? '')
      })
    const events = await all(`from=${from}&to=${to}`)
    expect(events.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => publicId('event', id)).sort())
    expect(await all(`status=expired&from=${from}&to=${to}`)).toHaveLength(events.length - failedIn(expected))
  })

  const failedIn = (events: { verificationId: string | null }[]) =>
    events.filter(({ verificationId }) =>
      made.some(({ row }, i) => i % 100 === 3 && row.id === verificationId),
    ).length

  it('shows the tenant’s own changes to live keys, and the first tenant’s only to admins', async () => {
    const types = async (key: string) => (await all('type=key.created', key)).map(({ type }) => type)
    expect(await types(live)).toEqual(['key.created', 'key.created'])
    expect(await types(reader)).toEqual([])
    const first = await test.newKey({ scopes: ['read'], livemode: true })
    expect(await types(first.secret)).toEqual([])
    const admin = await test.newKey({ scopes: ['read', 'admin'], livemode: true })
    expect((await types(admin.secret)).length).toBeGreaterThan(2)
    expect((await all('type=tenant.created', live)).length).toBe(0)
  })

  it.each([
    ['phone=12', 'phone'],
    ['phone_ends=123', 'phone_ends'],
    ['status=over', 'status'],
    ['type=everything', 'type'],
    ['cursor=nonsense', 'cursor'],
    ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
    ['unknown=1', 'unknown'],
  ])('refuses "%s"', async (query, path) => {
    const { status, body } = await ask(`?${query}`)
    expect([status, body.errors[0].path]).toEqual([422, path])
  })

  it('reveals nothing of other tenants: neither events nor cursors', async () => {
    const [foreign] = await test.app.db.sql<{ id: string; verificationId: string }[]>`
      select id, verification_id from audit_log where tenant_id <> ${uuid(tenant)} and verification_id is not null limit 1`
    const cursor = publicId('event', foreign?.id ?? '')
    const unknown = publicId('event', crypto.randomUUID())
    const [told, untold] = await Promise.all([ask(`?cursor=${cursor}`), ask(`?cursor=${unknown}`)])
    expect({ ...told.body, request_id: '' }).toEqual({ ...untold.body, request_id: '' })
    expect(told.status).toBe(422)
    expect(await all(`verification=${publicId('verification', foreign?.verificationId ?? '')}`)).toEqual([])
    expect(await all('verification=ver_nonsense')).toEqual([])
  })
})

describe('an export of the audit', () => {
  it.each(['', 'type=check.wrong', 'status=expired', 'phone_ends=1000'])(
    'holds the rows of the list "%s"',
    async (query) => {
      const events = await all(query)
      const ndjson = await exported(query, 'application/x-ndjson')
      expect(ndjson.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
      const lines = ndjson.text.split('\n').filter(Boolean)
      expect(lines.map((line) => JSON.parse(line))).toEqual(events)
      const csv = await exported(query, 'text/csv')
      const [header, ...rows] = csv.text.trimEnd().split('\r\n')
      expect(header).toBe('id,at,type,verification,seq,actor,request_id,data,hash,prev_hash')
      expect(rows.map((row) => row.split(',')[0])).toEqual(events.map(({ id }) => id))
    },
  )

  it.each(['', 'status=expired'])('of "%s" resumes after the last event received', async (query) => {
    const whole = (await exported(query, 'application/x-ndjson')).text.split('\n')
    const last = JSON.parse(whole[1234] ?? '').id
    const rest = (await exported(`${query}&cursor=${last}`, 'application/x-ndjson')).text.split('\n')
    expect(rest).toEqual(whole.slice(1235))
  })
})

describe('checkpoints', () => {
  it('are listed for admins, newest first', async () => {
    await sealHours({ ...test.worker, actor: { type: 'system' } })
    type Checkpoint = { number: number; hash: string; prev_hash: string }
    const list = async (query: string): Promise<{ data: Checkpoint[]; next_cursor: string | null }> =>
      (await test.request('GET', `/v1/audit/checkpoints?${query}`)).body
    const all = (await list('limit=100')).data
    // Two or three hours, depending on when the last full hour ended.
    expect(all.map(({ number }) => number)).toEqual(all.length === 2 ? [2, 1] : [3, 2, 1])
    const first = await list('limit=1')
    expect([...first.data, ...(await list(`cursor=${first.next_cursor}`)).data]).toEqual(all)
    const hashesBefore = [...all.slice(1).map(({ hash }) => hash), '0'.repeat(64)]
    expect(all.map(({ prev_hash }) => prev_hash)).toEqual(hashesBefore)
    expect((await test.request('GET', '/v1/audit/checkpoints', { key: reader })).status).toBe(403)
  })
})
