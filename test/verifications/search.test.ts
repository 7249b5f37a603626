import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClientContext } from '../../src/context.ts'
import { publicId } from '../../src/values/ids.ts'
import { list } from '../../src/verifications/read.ts'
import { ListQuery } from '../../src/verifications/schemas.ts'
import { explainAll, listen } from '../plans/explained.ts'
import { startTestApp, type TestApp } from '../setup/app.ts'
import { secondApp } from './support.ts'

const heard = listen()
const CROWD = 20_000
const DAYS = 60
const STATUSES = ['approved', 'expired', 'failed'] as const

let app: TestApp
let told: ReturnType<typeof secondApp>['app']
/** Thousands of verifications, of a few phones and one reference; and a dozen of the same days. */
let crowded: ClientContext
let quiet: ClientContext

beforeAll(async () => {
  app = await startTestApp()
  const [many, few] = [await app.newTenant('crowded'), await app.newTenant('quiet')]
  await write(many, CROWD)
  await write(few, 12)
  await app.app.db.sql`analyze verifications`
  await explainAll(app.database.url, { generic: false })
  const second = secondApp(app)
  told = second.app
  crowded = second.as(many)
  quiet = second.as(few)
}, 60_000)
afterAll(async () => {
  await told?.close()
  await app?.stop()
})

/** Over two months, so that they lie in partitions of their own. */
async function write({ actor }: ClientContext, count: number): Promise<void> {
  await app.app.db.sql`
    insert into verifications (id, tenant_id, livemode, phone, channel, status, checks_left, max_checks, retries,
      attempts, reference, created_at, expires_at, completed_at, audit_seq, audit_head)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n), 3, '0') || '8' || substr(md5(n::text), 1, 15))::uuid,
      ${actor.tenantId}, false, '+7924' || (5550000 + n % 7 * 10000 + n % 3), 'flash_call',
      (${[...STATUSES]}::text[])[1 + n % 3], 3, 3, 0, 1, case when n % 5 < 4 then 'signup' end, at, at, at, 4, '\\x00'
    from generate_series(1, ${count}) n,
      lateral (select now() - make_interval(secs => ${(DAYS * 86_400) / count}::float8 * (${count} - n))) m (at)`
}

const PHONES = Array.from({ length: 21 }, (_, n) => `+7924${5550000 + (n % 7) * 10000 + (n % 3)}`)

async function walk(client: ClientContext, query: Record<string, string>, limit: number) {
  const found: string[] = []
  for (let cursor = ''; ; ) {
    const page = await list(client, ListQuery.parse({ ...query, limit, ...(cursor && { cursor }) }))
    expect(page.data.length).toBeLessThanOrEqual(limit)
    found.push(...page.data.map(({ id }) => id))
    if (!page.next_cursor) return found
    cursor = page.next_cursor
  }
}

test('a search finds what a look at every row finds, newest first, whatever the size of its pages', async () => {
  const rows = await app.app.db.sql<
    { id: string; phone: string; status: string; reference: string | null; createdAt: Date }[]
  >`
    select id, phone, status, reference, created_at from verifications where tenant_id = ${quiet.actor.tenantId}
    order by id desc`
  expect(rows).toHaveLength(12)
  const time = fc.constantFrom(...rows.map(({ createdAt }) => createdAt.toISOString()))
  const ends = fc
    .tuple(fc.constantFrom(...PHONES), fc.integer({ min: 4, max: 11 }))
    .map(([p, n]) => p.slice(-n))
  const query = fc.record(
    {
      phone: fc.constantFrom(...PHONES, '+79240000000'),
      phone_ends: ends,
      reference: fc.constantFrom('signup', 'nothing'),
      status: fc.constantFrom(...STATUSES, 'denied', 'calling'),
      from: time,
      to: time,
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(query, fc.constantFrom(1, 2, 3, 20, 100), async (wanted, limit) => {
      const { from, to } = wanted
      fc.pre(!from || !to || from <= to)
      const { phone, phone_ends, reference, status } = wanted
      const matching = rows.filter(
        (row) =>
          (!phone || row.phone === phone) &&
          (!phone_ends || row.phone.endsWith(phone_ends)) &&
          (!reference || row.reference === reference) &&
          (!status || row.status === status) &&
          (!from || row.createdAt >= new Date(from)) &&
          (!to || row.createdAt <= new Date(to)),
      )
      expect(await walk(quiet, wanted, limit)).toEqual(matching.map(({ id }) => publicId('verification', id)))
    }),
  )
})

test.each<[string, () => ClientContext, Record<string, string>]>([
  ['of a tenant with few', () => quiet, {}],
  ['with a phone that a dozen phones make up', () => crowded, { phone: '+79245550000' }],
  ['with a phone that nobody has', () => crowded, { phone: '+79245550009' }],
  ['with the last digits of a phone that nobody has', () => crowded, { phone_ends: '9990009' }],
  ['with a reference that nearly all have', () => crowded, { reference: 'signup' }],
  ['with a reference that nothing has', () => crowded, { reference: 'order-1' }],
  ['with a reference, of a tenant with few', () => quiet, { reference: 'signup' }],
])(
  'a search for verifications %s reads little more than it shows, on its first page and later ones',
  async (_, as, query) => {
    const client = as()
    let cursor: string | null = null
    // PostgreSQL may make its plan for any values in the sixth run.
    for (let run = 0; run < 7; run++) {
      heard.length = 0
      const page = await list(client, ListQuery.parse({ ...query, limit: 5, ...(cursor && { cursor }) }))
      cursor = page.next_cursor
      const looked = heard.flatMap(({ scans }) => scans).reduce((sum, scan) => sum + scan.looked, 0)
      expect(heard.length).toBeGreaterThan(0)
      expect(looked, JSON.stringify(heard)).toBeLessThan(100)
    }
  },
)
