import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealHours } from '../../src/audit/checkpoints/seal.ts'
import { AuditQuery } from '../../src/audit/schemas.ts'
import { listEvents } from '../../src/audit/search.ts'
import type { ClientContext } from '../../src/context.ts'
import { erasePhone } from '../../src/erasure/erase.ts'
import { eraseOverdue } from '../../src/erasure/retention.ts'
import { publicId } from '../../src/values/ids.ts'
import { explainAll, listen } from '../plans/explained.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { secondApp } from '../verifications/support.ts'
import { hoursAgo, writeHistory } from './history.ts'

const heard = listen()
const LARGE = ['audit_events', 'verifications', 'attempts']
const COUNT = 7000

describe.each([
  ['for the parameters at hand', false],
  ['for any parameters', true],
])('planned %s, no large table is scanned in full', (_, generic) => {
  let test: TestApp
  let told: ReturnType<typeof secondApp>['app']
  let client: ClientContext
  let made: Awaited<ReturnType<typeof writeHistory>>

  beforeAll(async () => {
    test = await startTestApp()
    const own = await test.newTenant()
    made = await writeHistory(
      test,
      own.actor.tenantId,
      { from: hoursAgo(30), count: COUNT, stepMs: 15_000 },
      (i) => ({
        reference: `order-${i}`,
        status: i % 1000 === 3 ? 'failed' : 'expired',
      }),
    )
    const other = await test.newTenant('other')
    await writeHistory(test, other.actor.tenantId, { from: hoursAgo(30), count: 500, stepMs: 200_000 })
    await test.app.db.sql`
      insert into attempts (id, verification_id, ordinal, round, channel, provider, status, assumed, created_at, ended_at,
        looks)
      select gen_random_uuid(), id, 1, 0, 'flash_call', case when id = ${made[11]?.row.id} then 'new-tel' else 'telefon-ip' end,
        'no_answer', false, created_at, completed_at, 0 from verifications`
    await test.app.db.sql`
    insert into asked_providers (provider, verification_id) select provider, verification_id from attempts`
    await test.app.db.sql`analyze`
    await explainAll(test.database.url, { generic })
    const second = secondApp(test)
    told = second.app
    client = second.as(own)
  }, 120_000)
  afterAll(async () => {
    await told?.close()
    await test?.stop()
  })

  async function readsNoTableWhole(work: () => Promise<unknown>, table: string): Promise<void> {
    heard.length = 0
    await work()
    const plans = [...heard]
    expect(plans.some(({ scans }) => scans.some((scan) => scan.table === table))).toBe(true)
    const whole = plans.filter(
      ({ statement, scans }) =>
        // The ORM's statements have no name: PostgreSQL plans them for their parameters each time.
        !(generic && statement.includes(' from "')) &&
        scans.some((scan) => scan.type === 'Seq Scan' && LARGE.includes(scan.table)),
    )
    expect(whole).toEqual([])
  }

  const row = (i: number) => made[i]?.row as (typeof made)[number]['row']
  it.each<[string, () => Record<string, string>]>([
    ['nothing', () => ({})],
    ['a type', () => ({ type: 'check.wrong' })],
    ['a type that nothing has', () => ({ type: 'check.right' })],
    ['a verification', () => ({ verification: publicId('verification', row(9).id) })],
    ['a phone', () => ({ phone: row(9).phone })],
    ['the last digits of a phone', () => ({ phone_ends: row(9).phone.slice(-4) })],
    ['a reference', () => ({ reference: 'order-9' })],
    ['a status that many have', () => ({ status: 'expired' })],
    ['a status that few have', () => ({ status: 'failed' })],
    ['a provider that many have', () => ({ provider: 'telefon-ip' })],
    ['a provider that one has', () => ({ provider: 'new-tel' })],
    ['time', () => ({ from: row(100).createdAt.toISOString(), to: row(200).createdAt.toISOString() })],
    ['time and type', () => ({ from: row(100).createdAt.toISOString(), type: 'check.wrong' })],
    ['time and status', () => ({ from: row(100).createdAt.toISOString(), status: 'failed' })],
  ])('by a search for %s, nor by its next page', async (_, query) => {
    let cursor: string | null = null
    const page = async () => {
      const parsed = AuditQuery.parse({ ...query(), limit: 5, ...(cursor ? { cursor } : {}) })
      cursor = (await listEvents(client, parsed)).next_cursor
    }
    await readsNoTableWhole(page, 'audit_events')
    await readsNoTableWhole(page, 'audit_events')
  })

  it.each<[string, Record<string, string>]>([
    ['a status that few have', { status: 'failed' }],
    ['a status that many have', { status: 'expired' }],
    ['a provider', { provider: 'telefon-ip' }],
    ['the last digits of a phone', { phone_ends: '0009' }],
  ])(
    'by a search for %s in an hour: events are found by verification, without reading the whole hour',
    async (_, query) => {
      heard.length = 0
      const [from, to] = [row(3000).createdAt.toISOString(), row(3240).createdAt.toISOString()]
      await listEvents(client, AuditQuery.parse({ ...query, from, to, limit: 20 }))
      const indexes = heard.flatMap(({ scans }) => scans.filter(({ table }) => table === 'audit_events'))
      expect(new Set(indexes.map(({ index }) => index))).toEqual(
        new Set(['audit_events_verification_id_seq_idx']),
      )
    },
  )

  it('by the sealing of hours', async () => {
    const context = { ...test.worker, ...told, actor: { type: 'system' as const } }
    await readsNoTableWhole(() => sealHours(context), 'audit_events')
  })

  it('by an erasure and by retention', async () => {
    await readsNoTableWhole(() => erasePhone(client, { phone: row(20).phone }), 'verifications')
    const context = { ...test.worker, ...told, actor: { type: 'system' as const } }
    await readsNoTableWhole(() => eraseOverdue(context), 'verifications')
  })
})
