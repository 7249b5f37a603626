import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/audit/read.ts'
import type { ClientContext } from '../../src/context.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get } from '../../src/verifications/read.ts'
import { StartInput } from '../../src/verifications/schemas.ts'
import { serveEveryPhone } from '../setup/route.ts'
import { openTenant } from '../setup/tenant.ts'
import {
  begin,
  beginAndRing,
  dialled,
  endLifetime,
  eventsOf,
  newPhone,
  outcome,
  placeCalls,
  refusal,
  secondApp,
  stored,
  tally,
} from './support.ts'

const { test, client } = await openTenant()
await serveEveryPhone(test.app, client.actor.tenantId)

describe('a start', () => {
  const liveOf = (phone: string) =>
    test.app.db.sql<{ id: string }[]>`
      select id from verifications where phone = ${phone} and status in ('pending', 'calling', 'delivered')`

  it('stores its input, one queued call and the first two events', async () => {
    const asked = { reference: 'signup-4711', client_ip: '203.0.113.7', metadata: { plan: 'pro' } }
    const started = await begin(client, { ttl_seconds: 60, max_checks: 10, ...asked })
    expect(started).toMatchObject({
      status: 'pending',
      checks_left: 10,
      attempts: 0,
      code_length: null,
      caller_hint: null,
      failure: null,
      livemode: false,
      reference: 'signup-4711',
      metadata: { plan: 'pro' },
    })
    expect(Date.parse(started.expires_at) - Date.parse(started.created_at)).toBe(60_000)
    const row = await stored(test, started.id)
    expect(row).toMatchObject({ clientIp: '203.0.113.7', status: 'pending' })
    expect(row.calls).toMatchObject([{ ordinal: 1, round: 0, status: 'queued', accountId: null }])
    expect(await eventsOf(test, started.id)).toEqual(['verification.created', 'attempt.queued'])
    expect(await get(client, started)).toMatchObject(started)
  })

  it.each(['+7924', '+79000000000000', 'hello', '', '+70000000000', '112', '+1 555 0100'])(
    'for "%s", which cannot be a phone, stores nothing',
    async (phone) => {
      const count = () => test.app.db.sql`select count(*)::int as rows from verifications`
      const [before] = await count()
      const refused = StartInput.safeParse({ phone }).success
        ? await refusal(begin(client, { phone }))
        : { code: 'invalid_request', options: { errors: [{ path: 'phone' }] } }
      expect(refused).toMatchObject({ code: 'invalid_request', options: { errors: [{ path: 'phone' }] } })
      expect(await count()).toEqual([before])
    },
  )

  it.each(['8 (924) 355-51-00', '89243555100', '+7 924 355 51 00'])(
    'takes "%s" for +79243555100',
    async (phone) => {
      expect((await begin(client, { phone })).phone).toBe('+79243555100')
    },
  )

  it('supersedes the phone’s active verification, and releases its call', async () => {
    const phone = newPhone()
    const first = await begin(client, { phone })
    const second = await begin(client, { phone })
    const row = await stored(test, first.id)
    expect(row).toMatchObject({ status: 'cancelled', failureCode: 'superseded' })
    expect(row.calls).toMatchObject([{ status: 'released' }])
    expect((await get(client, first)).failure?.code).toBe('superseded')
    await placeCalls(test, first.id)
    await placeCalls(test, second.id)
    expect(dialled(test, client, phone)).toHaveLength(1)
    expect((await readAudit(client, first)).chain).toBe('intact')
  })

  it('expires, and does not cancel, a predecessor whose lifetime is over', async () => {
    const phone = newPhone()
    const first = await begin(client, { phone })
    await endLifetime(test, first.id)
    await begin(client, { phone })
    expect(await stored(test, first.id)).toMatchObject({ status: 'expired', failureCode: null })
  })

  it('leaves the predecessor’s call in flight to its end, and its code is no longer right', async () => {
    const phone = newPhone()
    const first = await beginAndRing(test, client, { phone })
    const second = await beginAndRing(test, client, { phone })
    expect((await stored(test, first.id)).calls).toMatchObject([{ status: 'placed' }])
    expect(await outcome(confirm(client, { id: first.id, code: first.code }))).toBe('verification_not_active')
    expect(await outcome(confirm(client, { id: second.id, code: second.code }))).toBe('ok')
  })

  it('leaves other tenants and modes with the same phone alone', async () => {
    const phone = newPhone()
    const other = await test.newTenant('other')
    const live = test.clientContext(client.actor.tenantId, { livemode: true })
    const started = await Promise.all([
      begin(client, { phone }),
      begin(other, { phone }),
      begin(live, { phone }),
    ])
    expect(await liveOf(phone)).toHaveLength(3)
    for (const { id } of started) expect((await stored(test, id)).status).toBe('pending')
  })

  it('with a test key, but not with a live key, is refused without a sandbox', async () => {
    const without = { config: { ...client.config, SANDBOX_URL: undefined } }
    expect(await outcome(begin({ ...client, ...without }))).toBe('unavailable')
    const live = test.clientContext(client.actor.tenantId, { livemode: true })
    expect(await outcome(begin({ ...live, ...without }))).toBe('ok')
  })

  it('as one of 50 at once for a phone over two processes leaves one active, the others superseded, every chain intact', async () => {
    const second = secondApp(test)
    const phone = newPhone()
    const clients = [client, second.as(client)]
    const started = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        begin(clients[i % 2] as ClientContext, { phone, reference: `start-${i}` }),
      ),
    )
    expect(new Set(started.map(({ id }) => id)).size).toBe(50)
    const rows = await Promise.all(started.map(({ id }) => stored(test, id)))
    expect(tally(rows.map((row) => `${row.status} ${row.failureCode}`))).toEqual({
      'pending null': 1,
      'cancelled superseded': 49,
    })
    expect(tally(rows.flatMap((row) => row.calls.map((call) => call.status)))).toEqual({
      queued: 1,
      released: 49,
    })
    for (const { id } of started) expect((await readAudit(client, { id })).chain).toBe('intact')
    for (const { id } of started) await placeCalls(test, id)
    expect(dialled(test, client, phone)).toHaveLength(1)
    await second.app.close()
  })

  it('for many phones at once over two processes leaves one active for each', async () => {
    const second = secondApp(test)
    const numbers = Array.from({ length: 30 }, newPhone)
    const starts = numbers.flatMap((phone) => [phone, phone, phone, phone])
    const mixed = starts.map((_, i) => starts[(i * 7) % starts.length] as string)
    await Promise.all(mixed.map((phone, i) => begin(i % 2 ? client : second.as(client), { phone })))
    const live = await test.app.db.sql<{ phone: string }[]>`
      select phone from verifications
      where phone = any(${numbers}) and status in ('pending', 'calling', 'delivered') order by phone`
    expect(live.map((row) => row.phone)).toEqual([...numbers].sort())
    await second.app.close()
  })

  it('that the database refuses fails alone: starts in the same group are stored', async () => {
    const nobody = test.clientContext('01890000-0000-7000-8000-000000000000')
    const starts = Array.from({ length: 40 }, (_, i) => begin(i === 17 ? nobody : client))
    const results = await Promise.allSettled(starts)
    expect(results.flatMap((result, i) => (result.status === 'rejected' ? [i] : []))).toEqual([17])
  })
})

describe('the texts in a start', () => {
  it.each([
    ['quotes and backslashes', `"'\\"; drop table verifications; --`],
    ['an emoji', 'signup 🎉 ✓'],
    ['a line break and a tab', 'a\nb\tc'],
    ['braces of a JSON or an array', '{"a": [1]} {1,2}'],
    ['a percent sign and an escape', '%s \\x41 \\u0041'],
  ])('comes back as it was: %s', async (_, text) => {
    const started = await begin(client, { reference: text, metadata: { [text.slice(0, 40)]: text } })
    expect(await get(client, started)).toMatchObject({
      reference: text,
      metadata: { [text.slice(0, 40)]: text },
    })
  })

  it.each([
    ['a NUL', 'a\u0000b'],
    ['half of a surrogate pair', 'a\ud83cb'],
  ])('is refused as invalid where no database can keep it: %s', (_, text) => {
    for (const input of [{ reference: text }, { metadata: { plan: text } }, { metadata: { [text]: 'x' } }]) {
      expect(StartInput.safeParse({ phone: newPhone(), ...input }).success).toBe(false)
    }
  })
})
