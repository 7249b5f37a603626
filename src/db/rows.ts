import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Tx } from './client.ts'
import type { Statement } from './sql.ts'

type Row = Record<string, unknown>
type Column = { key: string; name: string; type: string; hasDefault: boolean }

/**
 * The statement that inserts whole rows (keys as in the drizzle table); none for no rows. Every column must be given: defaults do
 * not apply.
 */
export function inserts(tx: Tx, table: PgTable, rows: readonly Row[]): Statement<object[]>[] {
  if (rows.length === 0) return []
  // Half of the columns of a new row are empty, and each costs both sides something.
  const columns = columnsOf(table).filter(
    ({ key, hasDefault }) => hasDefault || rows.some((row) => row[key] !== null && row[key] !== undefined),
  )
  const name = getTableName(table)
  const names = columns.map((column) => column.name).join(', ')
  const values = columns.map((_, i) => `r.c${i}`).join(', ')
  const text = `insert into ${name} (${names}) select ${values} from ${recordset(columns)}`
  return [tx.unsafe(text, [encode(columns, rows)])]
}

/** Inserts whole rows; see `inserts`. */
export async function insertRows(tx: Tx, table: PgTable, rows: readonly Row[]): Promise<void> {
  await Promise.all(inserts(tx, table, rows))
}

/** The statement that writes the columns `keys` of rows over those with the same `id`; none for no rows. */
export function updates(
  tx: Tx,
  table: PgTable,
  rows: readonly Row[],
  keys: ReadonlySet<string>,
): Statement<object[]>[] {
  if (rows.length === 0) return []
  const columns = columnsOf(table).filter(({ key }) => key === 'id' || keys.has(key))
  const set = columns.flatMap(({ key, name }, i) => (key === 'id' ? [] : [`${name} = r.c${i}`]))
  const id = columns.findIndex(({ key }) => key === 'id')
  const text = `update ${getTableName(table)} t set ${set.join(', ')} from ${recordset(columns)} where t.id = r.c${id}`
  return [tx.unsafe(text, [encode(columns, rows)])]
}

const recordset = (columns: readonly Column[]) =>
  `json_to_recordset($1::json) as r (${columns.map(({ type }, i) => `c${i} ${type}`).join(', ')})`

/** JSON as `json_to_recordset` reads it: bytes as `\x…`, big integers as strings. */
function encode(columns: readonly Column[], rows: readonly Row[]): string {
  const records = rows.map((row) => {
    const record: Row = {}
    for (let i = 0; i < columns.length; i++) {
      const value = row[(columns[i] as Column).key]
      if (Buffer.isBuffer(value)) record[`c${i}`] = `\\x${value.toString('hex')}`
      else record[`c${i}`] = typeof value === 'bigint' ? value.toString() : (value ?? null)
    }
    return record
  })
  return JSON.stringify(records)
}

const known = new WeakMap<PgTable, Column[]>()

function columnsOf(table: PgTable): Column[] {
  const found = known.get(table)
  if (found) return found
  const columns = Object.entries(getTableColumns(table)).map(([key, column]) => {
    return { key, name: column.name, type: column.getSQLType(), hasDefault: column.hasDefault }
  })
  known.set(table, columns)
  return columns
}
