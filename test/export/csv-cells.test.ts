import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Db, openDb } from '../../src/db/client.ts'
import { csvCell, csvTable } from '../../src/export/csv.ts'
import { csvCells } from '../../src/export/csv-cells.ts'
import { publicId } from '../../src/values/ids.ts'
import { toAmount } from '../../src/values/money.ts'
import { createTestDatabase } from '../setup/database.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let db: Db
beforeAll(async () => {
  database = await createTestDatabase()
  db = openDb(database.url, { max: 1 })
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const FILE = csvTable({ text: 'text', amount: 'plain', at: 'plain', id: 'plain', word: 'plain' })

const sign = fc.constantFrom('', ...'=+-@＝＋－＠﹢﹣﹦﹫;')
const before = fc.constantFrom(
  ...[
    '',
    '\t',
    '\r',
    '\n',
    '\v',
    ' ',
    '\u00a0',
    '\u200e',
    '\ufeff',
    "'",
    '"',
    '“',
    '«',
    '+7',
    'a;',
    '\ufe0f',
    '\u3000',
  ],
)
const text = fc
  .tuple(before, before, sign, fc.string({ unit: 'grapheme' }))
  .map((parts) => parts.join('').replaceAll('\0', ''))
  .filter((value) => value.isWellFormed())
const micros = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n })
const at = fc.date({ min: new Date('1970-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })

it('PostgreSQL writes the same CSV lines as the process', async () => {
  const { sql } = db
  const cells = csvCells(sql)
  const row = fc.record({ text: fc.option(text), micros: fc.option(micros), at, id: fc.uuid() })
  await fc.assert(
    fc.asyncProperty(row, async ({ text, micros, at, id }) => {
      const [made] = await sql<{ line: string }[]>`
        select ${cells.line([
          cells.text(sql`${text}::text`),
          cells.amount(sql`${micros}::bigint`),
          cells.time(sql`${at}::timestamptz`),
          cells.id('ledger', sql`${id}::uuid`),
          cells.word(sql`null`),
        ])} as line`
      const amount = micros === null ? null : toAmount(micros)
      const given = { text, amount, at: at.toISOString(), id: publicId('ledger', id), word: null }
      expect(made?.line).toBe(FILE.line(given))
    }),
    { numRuns: 1000 },
  )
})

it.each([
  ['=1+1', `"'=1+1"`],
  ['+cmd|x', `"'+cmd|x"`],
  ['-1+1', `"'-1+1"`],
  ['@sum', `"'@sum"`],
  ['\t=1', `"'\t=1"`],
  ['\t1', `"'\t1"`],
  ['\r=1', `"'\r=1"`],
  ['\n=1', `"'\n=1"`],
  [' =1', `"' =1"`],
  ['\u00a0=1', `"'\u00a0=1"`],
  ['\u200e=1', `"'\u200e=1"`],
  ['"=1+1', `"'""=1+1"`],
  ["'=1", `"''=1"`],
  ['＝1+1', `"'＝1+1"`],
  ['＋1', `"'＋1"`],
  ['－1', `"'－1"`],
  ['＠sum', `"'＠sum"`],
  ['=a,"b"', `"'=a,""b"""`],
  ['a;=1+1', '"a;=1+1"'],
  ['a\t=1+1', '"a\t=1+1"'],
  ['+79243555100', '"+79243555100"'],
  ['-12.50', '"-12.50"'],
  ['-1\n', `"'-1\n"`],
  ['1+1', '"1+1"'],
  ['signup-4711', '"signup-4711"'],
  ['', '""'],
])('a cell of text %j is written as %j', async (given, written) => {
  const [made] = await db.sql<
    { cell: string }[]
  >`select ${csvCells(db.sql).text(db.sql`${given}::text`)} as cell`
  expect(made?.cell).toBe(written)
  expect(csvCell('text', given)).toBe(written)
})

it.each([
  ['+79243555100', '+79243555100'],
  ['-12.500000', '-12.500000'],
  ['erased:0193f2a4', 'erased:0193f2a4'],
  ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z'],
  ['+', '+'],
  [17, '17'],
  [false, 'false'],
  [null, ''],
  ['=1', `"'=1"`],
  ['a;=1', '"a;=1"'],
  ['-SUM(1)', `"'-SUM(1)"`],
])('a plain cell %j is written as %j', (given, written) => {
  expect(csvCell('plain', given)).toBe(written)
})
