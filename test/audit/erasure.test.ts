import { compactVerify, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyAudit } from '../../src/audit/verify/verify.ts'
import { getBalance } from '../../src/billing/balance.ts'
import { listRecords } from '../../src/billing/records/records.ts'
import { RecordsQuery } from '../../src/billing/records/schemas.ts'
import { verifyLedger } from '../../src/billing/verify.ts'
import type { ClientContext } from '../../src/context.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { finishErasures } from '../../src/erasure/finish.ts'
import { getCertificate, getErasure, listErasures } from '../../src/erasure/read.ts'
import { eraseOverdue } from '../../src/erasure/retention.ts'
import { createEndpoint } from '../../src/events/endpoints.ts'
import { CreateEndpointInput } from '../../src/events/schemas.ts'
import { proofKeys } from '../../src/signing/proof.ts'
import { publicId } from '../../src/values/ids.ts'
import { parsePhone } from '../../src/values/phone.ts'
import { cancel } from '../../src/verifications/cancel.ts'
import { confirm } from '../../src/verifications/confirm.ts'
import { get, list } from '../../src/verifications/read.ts'
import { ListQuery } from '../../src/verifications/schemas.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { begin, beginAndRing, placeCalls, refusal, stored, uuidOf } from '../verifications/support.ts'
import { tamper, writeHistory } from './history.ts'

let test: TestApp
let client: ClientContext
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.stop())

const PERSONAL = {
  reference: 'signup-4711-ref',
  client_ip: '203.0.113.77',
  metadata: { plan: 'metadata-4711' },
}
const chores = () => ({ ...test.worker, actor: { type: 'system' as const } })

/** Every table with a row that contains `text` in any column. */
async function whereFound(text: string): Promise<string[]> {
  const tables = await test.app.db.sql<{ name: string }[]>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`
  const found: string[] = []
  for (const { name } of tables) {
    const rows = await test.app.db.sql.unsafe(`select from ${name} t where t::text like $1 limit 1`, [
      `%${text}%`,
    ])
    if (rows.count > 0) found.push(name)
  }
  return found
}

/** The record that the operator would send. */
async function endCalls(id: string): Promise<void> {
  await test.app.db.sql`
    update attempts set status = 'no_answer', ended_at = now() where verification_id = ${uuidOf(id)}`
}

async function intact(): Promise<void> {
  const { problems } = await verifyAudit(test.app, { from: null, to: null, known: [] })
  expect(problems.filter(({ what }) => what !== 'not sealed')).toEqual([])
}

describe('the erasure of a phone', () => {
  it('leaves nothing to find the phone by, and keeps the chain, the counts and the money', async () => {
    client = await test.newTenant()
    await createEndpoint(client, CreateEndpointInput.parse({ url: 'http://127.0.0.1:9/hook' }))
    const phone = '+79261234567'
    const other = await beginAndRing(test, client)
    const first = await beginAndRing(test, client, { phone, ...PERSONAL })
    await confirm(client, { id: first.id, code: first.code })
    const second = await begin(client, { phone, ...PERSONAL })
    await endCalls(first.id)
    const records = await listRecords(client, RecordsQuery.parse({}))
    const balance = await getBalance(client)

    const erasure = await erasePhone(client, { phone })
    expect(erasure).toMatchObject({ kind: 'phone', status: 'done', verifications: 2, cancelled: 1 })
    for (const text of ['9261234567', 'signup-4711-ref', '203.0.113.77', 'metadata-4711']) {
      expect([text, await whereFound(text)]).toEqual([text, []])
    }
    const view = await get(client, { id: first.id })
    expect(view).toMatchObject({ status: 'approved', reference: null, metadata: null, attempts: 1 })
    expect(view.phone).toBe(`erased:${erasure.pseudonym}`)
    expect((await get(client, { id: second.id })).status).toBe('cancelled')
    expect((await get(client, { id: other.id })).phone).toBe(other.phone)
    expect(parsePhone(view.phone, 'RU')).toBeNull()
    const kept = await listRecords(client, RecordsQuery.parse({}))
    expect(kept.data.map((row) => ({ ...row, phone: '' }))).toEqual(
      records.data.map((row) => ({ ...row, phone: '' })),
    )
    expect(await getBalance(client)).toEqual(balance)
    expect(await verifyLedger(test.app.db)).toEqual([])
    await intact()
    for (const query of [{ phone }, { phone_ends: '4567' }, { reference: PERSONAL.reference }]) {
      expect((await list(client, ListQuery.parse(query))).data).toEqual([])
    }
  })

  it('leaves no hash of the phone that awaited a call, which anybody could compute', async () => {
    client = await test.newTenant()
    const { id, phone } = await begin(client, { channel: 'inbound_call' })
    await placeCalls(test, id)
    const hash = (await stored(test, id)).callToKey?.toString('hex') ?? ''
    expect(await whereFound(hash)).toEqual(
      expect.arrayContaining(['public.verifications', 'public.live_verifications']),
    )
    await cancel(client, { id })
    await endCalls(id)
    await erasePhone(client, { phone })
    expect(await whereFound(hash)).toEqual([])
  })

  it('is an event of the tenant, with a certificate that anyone can check', async () => {
    client = await test.newTenant()
    const phone = '+79261230001'
    await begin(client, { phone })
    const erasure = await erasePhone(client, { phone })
    const certificate = await getCertificate(client, { id: erasure.id })
    const [key] = await proofKeys(test.app.secrets)
    const { payload, protectedHeader } = await compactVerify(
      certificate,
      await importJWK(key as object, 'EdDSA'),
    )
    expect(protectedHeader.typ).toBe('ringproof-erasure')
    const statement = JSON.parse(Buffer.from(payload).toString())
    expect(statement).toEqual(erasure.statement)
    const events = await test.app.db.sql<
      { id: string; type: string; hash: Buffer; data: string; actor: string }[]
    >`
      select * from audit_events where tenant_id = ${client.actor.tenantId} and verification_id is null order by seq`
    expect(events.map(({ type }) => type)).toEqual(['erasure.requested', 'erasure.completed'])
    const last = events.at(-1)
    expect(statement).toMatchObject({
      jti: erasure.id,
      aud: publicId('tenant', client.actor.tenantId),
      phone: erasure.pseudonym,
      verifications: 1,
      cancelled: 1,
      event: publicId('event', last?.id ?? ''),
      event_hash: last?.hash.toString('hex'),
    })
    expect(last?.actor).toMatch(/^key_/)
    expect(JSON.parse(last?.data ?? '')).toMatchObject({ erasure: erasure.id, verifications: 1 })
  })

  it('waits for a call in flight, which is followed to its end', async () => {
    client = await test.newTenant()
    const phone = '+79261230002'
    const { id } = await begin(client, { phone })
    await placeCalls(test, id)
    const erasure = await erasePhone(client, { phone })
    expect(erasure).toMatchObject({ status: 'pending', completed_at: null, certificate: null, cancelled: 1 })
    expect((await refusal(getCertificate(client, { id: erasure.id }))).code).toBe('not_found')
    await finishErasures(chores())
    expect((await stored(test, id)).phone).toBe(phone)
    await endCalls(id)
    await Promise.all([finishErasures(chores()), finishErasures(chores())])
    expect(await getErasure(client, { id: erasure.id })).toMatchObject({ status: 'done', verifications: 1 })
    expect(await whereFound('9261230002')).toEqual([])
  })

  it('leaves other tenants and the other mode alone, and is invisible to them', async () => {
    client = await test.newTenant()
    const phone = '+79261230003'
    const stranger = await test.newTenant('stranger')
    const others = [stranger, { ...client, actor: { ...client.actor, livemode: true } }]
    const own = await begin(client, { phone })
    const foreign = await begin(stranger, { phone })
    await begin(client, { phone: '+79261230004' })
    const erasure = await erasePhone(client, { phone })
    expect(erasure.verifications).toBe(1)
    expect((await stored(test, own.id)).phone).toMatch(/^erased:[0-9a-f]{32}$/)
    expect((await stored(test, foreign.id)).phone).toBe(phone)
    for (const context of others) {
      expect((await refusal(getErasure(context, { id: erasure.id }))).code).toBe('not_found')
      expect((await listErasures(context, { limit: 10 })).data).toEqual([])
    }
    const strange = await erasePhone(stranger, { phone })
    expect(strange.pseudonym).not.toBe(erasure.pseudonym)
  })

  it('works while the phone is started again and again', async () => {
    client = await test.newTenant()
    const phone = '+79261230005'
    const work = [0, 1, 2, 3].flatMap(() => [
      begin(client, { phone }).catch(() => null),
      erasePhone(client, { phone }),
    ])
    await Promise.all(work)
    await finishErasures(chores())
    const { data } = await listErasures(client, { limit: 10 })
    expect(data.map(({ status }) => status)).toEqual(Array(4).fill('done'))
    await erasePhone(client, { phone })
    expect(await whereFound('9261230005')).toEqual([])
    await intact()
  })

  it.each(['update erasures set verifications = 0', 'delete from erasures', 'truncate erasures'])(
    'stays on record: the database refuses "%s"',
    async (statement) => {
      await expect(test.app.db.sql.unsafe(statement)).rejects.toMatchObject({ code: '23001' })
    },
  )

  it('is refused for a non-phone', async () => {
    expect((await refusal(erasePhone(client, { phone: 'erased:0' }))).code).toBe('invalid_request')
  })
})

describe('retention', () => {
  it('erases what is older than the tenant’s retention, once, with a certificate, and leaves the rest', async () => {
    client = await test.newTenant()
    const { tenantId } = client.actor
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)
    const personal = () => ({
      reference: 'old-ref',
      clientIp: '203.0.113.9',
      requester: Buffer.alloc(16, 7),
      metadata: { a: 'old-meta' },
    })
    const old = await writeHistory(test, tenantId, { from: daysAgo(40), count: 5 }, personal)
    const recent = await writeHistory(test, tenantId, { from: daysAgo(20), count: 3 }, personal)
    await eraseOverdue(chores())
    expect((await listErasures(client, { limit: 10 })).data).toEqual([])

    const known = (phone: string, days: number) => test.app.db.sql`
      insert into known_requesters (tenant_id, livemode, phone_key, requester, approved_at)
      values (${tenantId}, false, ${test.app.secrets.pseudonym(tenantId, phone)}, ${Buffer.alloc(16, days)}, ${daysAgo(days)})`
    for (const days of [40, 20]) await known(old[0]?.row.phone ?? '', days)

    await test.app.db.sql`update tenants set retention_days = 30 where id = ${tenantId}`
    await Promise.all([eraseOverdue(chores()), eraseOverdue(chores())])
    await eraseOverdue(chores())
    const { data } = await listErasures(client, { limit: 10 })
    expect(data).toMatchObject([{ kind: 'retention', status: 'done', verifications: 5, actor: 'system' }])
    for (const { row } of old) {
      const now = await stored(test, publicId('verification', row.id))
      const erased = { reference: null, clientIp: null, requester: null, metadata: null }
      expect(now).toMatchObject({ ...erased, status: 'expired' })
      expect(now.phone).toMatch(/^erased:/)
    }
    for (const { row } of recent) {
      const now = await stored(test, publicId('verification', row.id))
      expect(now).toMatchObject({ phone: row.phone, reference: 'old-ref' })
    }
    const left = await test.app.db.sql`select requester from known_requesters where tenant_id = ${tenantId}`
    expect(left.map(({ requester }) => requester[0])).toEqual([20])
    await test.app.db.sql`update tenants set retention_days = 7 where id = ${tenantId}`
    await eraseOverdue(chores())
    expect(await whereFound('old-meta')).toEqual([])
    await intact()
  })

  it('waits for an active verification', async () => {
    client = await test.newTenant()
    const { tenantId } = client.actor
    const from = new Date(Date.now() - 400 * 86_400_000)
    const made = await writeHistory(test, tenantId, { from, count: 3 })
    await tamper(
      test,
      (tx) =>
        tx`update verifications set status = 'pending', completed_at = null where id = ${made[1]?.row.id}`,
    )
    await eraseOverdue(chores())
    const [first] = (await listErasures(client, { limit: 10 })).data
    expect(first?.verifications).toBe(1)
    expect(await stored(test, publicId('verification', made[2]?.row.id ?? ''))).toMatchObject({
      phone: made[2]?.row.phone,
    })
  })
})
