import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { type Db, openDb } from '../../src/db/client.ts'
import { createReaders, type Readers } from '../../src/db/readers.ts'
import type { Tag } from '../../src/db/sql.ts'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { errorOf } from './support.ts'

let database: TestDatabase
let db: Db
let readers: Readers
beforeAll(async () => {
  database = await createTestDatabase()
  db = openDb(database.url, { max: 1 })
  readers = createReaders(database.url)
})
afterAll(async () => {
  await Promise.all([db.close(), readers.close()])
  await database.drop()
})

describe('values', () => {
  it.each<[string, () => Tag]>([
    ['our own connections', () => db.sql],
    ['readers', () => readers.of('somebody').sql],
    ['readers that keep statements', () => readers.preparedOf('somebody').sql],
  ])('arrive unchanged through %s', async (_, tag) => {
    const sql = tag()
    const texts = [
      '',
      ' ',
      'a,b',
      'quote "',
      "'",
      'back\\slash',
      '{}',
      '{a}',
      'NULL',
      'null',
      'ü\n\t',
      '😀',
      'x'.repeat(300_000),
    ]
    const [text] =
      await sql`select ${[...texts, null]}::text[] as list, ${[]}::text[] as none, ${null}::text as nothing`
    expect(text).toEqual({ list: [...texts, null], none: [], nothing: null })
    for (const one of texts) expect(await sql`select ${one}::text as one`).toEqual([{ one }])
    const at = new Date('2026-01-31T12:00:00.123Z')
    const bytes = Buffer.from([0, 1, 92, 34, 255])
    const json = { 'quote "': ['\\', null, { deep: [] }], number: 1.5 }
    const everything = () => sql`
        select ${at}::timestamptz as at, ${[at, null]}::timestamptz[] as ats, ${bytes}::bytea as bytes, ${[bytes, Buffer.alloc(0)]}::bytea[] as many,
          ${json}::jsonb as json, ${2n ** 62n}::bigint as big, ${[1n, -1n]}::bigint[]::text[] as bigs, ${true}::bool as yes, ${[true, false]}::bool[] as bools,
          ${[[1, 2], [3, 4]]}::int[] as nested, ${-0.5}::float8 as half, ${'2026-01-31'}::date::text as day, ${false}::bool as no`
    const same = [
      {
        at,
        ats: [at, null],
        bytes,
        many: [bytes, Buffer.alloc(0)],
        json,
        big: 2n ** 62n,
        bigs: ['1', '-1'],
        yes: true,
        bools: [true, false],
        nested: [
          [1, 2],
          [3, 4],
        ],
        half: -0.5,
        day: '2026-01-31',
        no: false,
      },
    ]
    // The third run knows the types of a kept statement.
    for (let run = 1; run <= 3; run++) expect(await everything()).toEqual(same)
    expect((await errorOf(sql`select ${'a\0b'}::text`)).code).toBe('22021')
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
  })
})

test('a statement that a reader keeps survives a change of its table', async () => {
  const { sql } = readers.preparedOf('somebody')
  await db.sql`create table kept (a int)`
  await db.sql`insert into kept values (1)`
  // After six runs, its plan is kept too.
  for (let run = 1; run <= 6; run++) expect(await sql`select * from kept`).toEqual([{ a: 1 }])
  await db.sql`alter table kept add b text default 'new'`
  expect(await sql`select * from kept`).toEqual([{ a: 1, b: 'new' }])
  await db.sql`alter table kept alter a type text`
  expect(await sql`select * from kept`).toEqual([{ a: '1', b: 'new' }])
})
