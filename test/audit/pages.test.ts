import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publicId } from '../../src/values/ids.ts'
import { cursorOf } from '../../src/values/pages.ts'
import { ADMIN_KEY, startTestHttp, type TestHttp } from '../http/client.ts'
import { asked, at, NAMES, wantedBy } from './asked.ts'
import { type Fact, isWanted, mayRead, order, type Reader, readFacts, type Wanted } from './plain.ts'
import { makeHistory } from './real-history.ts'

const RUNS = Number(process.env.MODEL_RUNS ?? 12) * 12
/** Pages of one walk; the export goes to the end. */
const PAGES_MAX = 5

let test: TestHttp
let facts: Fact[]
const readers: Reader[] = []

beforeAll(async () => {
  test = await startTestHttp()
  const first = uuid(test.firstTenant)
  const own = (await test.newTenant('own')).actor.tenantId
  const other = (await test.newTenant('other')).actor.tenantId
  const serving = test.clientContext(first)
  for (const tenantId of [own, first, other]) {
    const client = test.clientContext(tenantId)
    await makeHistory({ test, client, serving: client })
  }
  for (const tenantId of [first, own])
    await makeHistory({ test, client: test.clientContext(tenantId, { livemode: true }), serving })
  for (const tenantId of [first, own]) {
    for (const livemode of [false, true]) {
      const tenant = publicId('tenant', tenantId)
      const { secret } = await test.newKey({ tenant, scopes: ['read'], livemode })
      readers.push({ key: secret, tenantId, livemode, isAdmin: false })
    }
  }
  readers.push({ key: ADMIN_KEY, tenantId: first, livemode: true, isAdmin: true })
  facts = await readFacts(test.app.db)
}, 60_000)
afterAll(() => test.stop())

const uuid = (id: string) => id.slice(4).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

const queryOf = (wanted: Wanted, more: Record<string, string> = {}) =>
  new URLSearchParams({ ...wanted, ...more }).toString()

describe('a search of the audit', () => {
  const shown = new Map<string, number>()

  it('has every event once, as its row tells it', async () => {
    for (const reader of readers) {
      const lines = await exported(reader, '')
      const own = facts.filter((fact) => mayRead(reader, fact))
      expect(lines.map(toFact)).toEqual(own.toSorted(order({})).map(plain))
    }
  })

  it('shows in lists and exports what a plain search of all events finds, in its order', async () => {
    await fc.assert(
      fc.asyncProperty(asked, async (given) => {
        const reader = at(readers, given.reader)
        const own = facts.filter((fact) => mayRead(reader, fact))
        const wanted = wantedBy(given, own)
        const cursor = given.cursor === null ? null : at(own, given.cursor)
        const behind = order(wanted)
        const expected = own
          .filter((fact) => isWanted(wanted, fact) && (!cursor || behind(cursor, fact) < 0))
          .toSorted(behind)
        for (const name of given.names) if (expected.length > 0) shown.set(name, expected.length)
        const start = cursor && (given.isIssued ? cursorOf(cursor.id) : publicId('event', cursor.id))
        const pages = await walk(reader, wanted, start, given.limit)
        const ids = expected.map(({ id }) => publicId('event', id))
        expect(pages.flat()).toEqual(ids.slice(0, given.limit * PAGES_MAX))
        expect(pages.slice(0, -1).every((page) => page.length === given.limit)).toBe(true)
        const file = await exported(reader, queryOf(wanted, start ? { cursor: start } : {}))
        expect(file.map(({ id }) => id)).toEqual(ids)
        const csv = await read(reader, queryOf(wanted, start ? { cursor: start } : {}), 'text/csv')
        const [, ...lines] = csv.text.trimEnd().split('\r\n')
        expect(lines.map((line) => line.split(',')[0])).toEqual(ids)
      }),
      { numRuns: RUNS },
    )
    expect([...shown.keys()].sort(), 'filters that found something').toEqual([...NAMES].sort())
  })

  it('finds what a few chosen verifications had lately, however long ago they began', async () => {
    for (const reader of readers) {
      const late = facts.find(
        (fact) =>
          fact.type === 'verification.feedback' && mayRead(reader, fact) && fact.reference === 'order-1',
      ) as Fact
      const { phone, verificationId } = late
      const verification = publicId('verification', verificationId ?? '')
      for (const wanted of [{ phone }, { phone_ends: phone?.slice(-6) }, { verification }]) {
        const file = await exported(reader, queryOf({ ...wanted, from: late.at.toISOString() } as Wanted))
        expect(file.map(({ id }) => id)).toContain(publicId('event', late.id))
      }
    }
  })

  it('takes no event as a cursor that the key may not read', async () => {
    for (const reader of readers) {
      const hidden = facts.filter((fact) => !mayRead(reader, fact))
      for (const fact of [hidden.find(isOfTenant), hidden.find((one) => !isOfTenant(one))]) {
        if (!fact) throw new Error('the history lacks an event that the key may not read')
        const { status } = await read(reader, queryOf({}, { cursor: publicId('event', fact.id) }))
        expect(status, `${fact.type} for a key ${JSON.stringify({ ...reader, key: '' })}`).toBe(422)
      }
    }
  })
})

const isOfTenant = ({ verificationId }: Fact) => verificationId === null

const read = (reader: Reader, query: string, accept = 'application/json') =>
  test.request('GET', `/v1/audit?${query}`, { key: reader.key, headers: { accept } })

type Shown = { id: string; verification: string | null; seq: number; at: string; type: string }

async function exported(reader: Reader, query: string): Promise<Shown[]> {
  const { status, text } = await read(reader, query, 'application/x-ndjson')
  expect(status, text).toBe(200)
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

const toFact = ({ id, verification, seq, at, type }: Shown) => ({ id, verification, seq, at, type })

const plain = ({ id, verificationId, seq, at, type }: Fact): Shown => ({
  id: publicId('event', id),
  verification: verificationId && publicId('verification', verificationId),
  seq,
  at: at.toISOString(),
  type,
})

/** The ids on the first pages. */
async function walk(
  reader: Reader,
  wanted: Wanted,
  start: string | null,
  limit: number,
): Promise<string[][]> {
  const pages: string[][] = []
  for (let cursor = start; pages.length < PAGES_MAX; ) {
    const query = queryOf(wanted, { limit: String(limit), ...(cursor ? { cursor } : {}) })
    const { body, status, text } = await read(reader, query)
    expect(status, text).toBe(200)
    pages.push(body.data.map(({ id }: Shown) => id))
    cursor = body.next_cursor
    if (cursor === null) break
  }
  return pages
}
