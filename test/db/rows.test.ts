import { bigint, boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Db, openDb } from '../../src/db/client.ts'
import { insertRows, updates } from '../../src/db/rows.ts'
import { bytea, id, instant } from '../../src/db/schema/columns.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'

const things = pgTable('things', {
  id: id(),
  words: text('words'),
  data: jsonb('data').$type<unknown>(),
  bytes: bytea('bytes'),
  big: bigint('big', { mode: 'bigint' }),
  small: integer('small'),
  yes: boolean('yes'),
  at: instant('at'),
})

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase()
  db = openDb(database.url)
  await db.sql`
    create table things (id uuid primary key, words text, data jsonb, bytes bytea, big bigint, small int, yes boolean, at timestamptz(3))`
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

/** Text that PostgreSQL can store: no NUL, no half of a surrogate pair. */
const words = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('"', '\\', '\u0001', '\n', '\u2028', '\u2029', "'", '\\u0041', '\\x', '{', 'ж'),
    }),
  )
  .map((text) => text.replaceAll('\0', ''))
// Keys without escapes: Node 24.21's JSON.parse may read `{"\"":1}` as `{"\\":1}`.
const key = fc.oneof(
  words.map((text) => text.replace(/["\\\p{Cc}]/gu, '')),
  fc.constantFrom('__proto__', 'c0', 'constructor', 'toJSON', ''),
)
const facts = fc.array(fc.tuple(key, words), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs))

const row = fc.record({
  id: fc.uuid(),
  words: fc.option(words),
  data: fc.option(fc.oneof(facts, words, fc.array(facts, { maxLength: 3 }), fc.boolean())),
  bytes: fc.option(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))),
  big: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  small: fc.option(fc.integer()),
  yes: fc.option(fc.boolean()),
  at: fc.option(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })),
})
const rows = fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 8 })

const byId = <T extends { id: string }>(list: T[]) => list.toSorted((a, b) => (a.id < b.id ? -1 : 1))

it('inserted and overwritten rows are read as given', async () => {
  const property = fc.asyncProperty(rows, rows, async (first, second) => {
    const given = byId(first)
    const changed = given.map(({ id }, i) => ({ ...(second[i] ?? given[i]), id }))
    await db.sql.begin(async (tx) => {
      await tx`delete from things`
      await insertRows(tx, things, given)
      expect(await tx`select * from things order by id`).toEqual(given)
      const keys = new Set(Object.keys(changed[0] ?? {}))
      await Promise.all(updates(tx, things, changed, keys))
      expect(await tx`select * from things order by id`).toEqual(changed)
    })
  })
  await fc.assert(property, { numRuns: 150 })
})
