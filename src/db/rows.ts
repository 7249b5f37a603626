import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Tx } from './client.ts'
import type { Statement } from './sql.ts'

type Row = Record<string, unknown>
/** `field`: its name in the JSON. */
type Column = { key: string; name: string; type: string; hasDefault: boolean; field: string; inJson: string }

/**
 * The statement that inserts whole rows (keys as in the drizzle table); none for no rows. Give every column:
 * defaults do not apply.
 */
export function inserts(tx: Tx, table: PgTable, rows: readonly Row[]): Statement<object[]>[] {
  if (rows.length === 0) return []
  // Half of a new row's columns are empty, and each costs both sides something.
  const columns = columnsOf(table).filter(
    ({ key, hasDefault }) => hasDefault || rows.some((row) => row[key] !== null && row[key] !== undefined),
  )
  const name = getTableName(table)
  const names = columns.map((column) => column.name).join(', ')
  const values = columns.map(({ field }) => `r.${field}`).join(', ')
  const text = `insert into ${name} (${names}) select ${values} from ${recordset(columns)}`
  return [tx.unsafe(text, [encode(columns, rows)])]
}

/** Inserts whole rows; see `inserts`. */
export async function insertRows(tx: Tx, table: PgTable, rows: readonly Row[]): Promise<void> {
  await Promise.all(inserts(tx, table, rows))
}

/**
 * The statement that writes the columns `keys` of each row to the row with the same `id` (or the same columns `by`);
 * none for no rows. The columns `kept` are written where the new row has a value.
 */
export function updates(
  tx: Tx,
  table: PgTable,
  rows: readonly Row[],
  keys: ReadonlySet<string>,
  by: readonly string[] = ['id'],
  kept: readonly string[] = [],
): Statement<object[]>[] {
  const columns = columnsOf(table).filter(
    ({ key }) => by.includes(key) || keys.has(key) || kept.includes(key),
  )
  const set: string[] = []
  const same: string[] = []
  for (const { key, name, field } of columns) {
    if (by.includes(key)) same.push(`t.${name} = r.${field}`)
    else set.push(`${name} = ${kept.includes(key) ? `coalesce(r.${field}, t.${name})` : `r.${field}`}`)
  }
  if (rows.length === 0 || set.length === 0) return []
  const text = `update ${getTableName(table)} t set ${set.join(', ')} from ${recordset(columns)} where ${same.join(' and ')}`
  return [tx.unsafe(text, [encode(columns, rows)])]
}

const recordset = (columns: readonly Column[]) =>
  `json_to_recordset($1::json) as r (${columns.map(({ type, field }) => `${field} ${type}`).join(', ')})`

/** JSON for `json_to_recordset`, written by hand to save building objects only to serialize them. */
function encode(columns: readonly Column[], rows: readonly Row[]): string {
  let json = '['
  for (const row of rows) {
    json += json === '[' ? '{' : ',{'
    let isFirst = true
    for (const { key, inJson } of columns) {
      const value = row[key]
      if (value === null || value === undefined) continue
      if (!isFirst) json += ','
      isFirst = false
      json += inJson
      json += literal(value)
    }
    json += '}'
  }
  return `${json}]`
}

/** Bytes as `\x…`, big integers as strings. `JSON.stringify` takes twice as long for a date, and thrice for a number. */
function literal(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'bigint') return `"${value}"`
  if (value instanceof Date && !Number.isNaN(value.getTime())) return `"${value.toISOString()}"`
  if (Buffer.isBuffer(value)) return `"\\\\x${value.toString('hex')}"`
  return JSON.stringify(value)
}

const known = new WeakMap<PgTable, Column[]>()

function columnsOf(table: PgTable): Column[] {
  const found = known.get(table)
  if (found) return found
  const columns = Object.entries(getTableColumns(table)).flatMap(([key, column], i) => {
    const { name, hasDefault, generated } = column
    if (generated) return []
    return [{ key, name, type: column.getSQLType(), hasDefault, field: `c${i}`, inJson: `"c${i}":` }]
  })
  known.set(table, columns)
  return columns
}
