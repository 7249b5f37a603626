import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Tx } from './client.ts'

type Row = Record<string, unknown>

/** JSON as `json_populate_recordset` reads it: bytes as `\x…`, big integers as strings. */
function encode(columns: [string, string][], rows: readonly Row[]): string {
  const records = rows.map((row) => {
    const record: Row = {}
    for (const [key, column] of columns) {
      const value = row[key]
      if (Buffer.isBuffer(value)) record[column] = `\\x${value.toString('hex')}`
      else record[column] = typeof value === 'bigint' ? value.toString() : (value ?? null)
    }
    return record
  })
  return JSON.stringify(records)
}

const statements = new WeakMap<PgTable, Statements>()
type Statements = { columns: [string, string][]; insert: string; update: string }

function statementsOf(table: PgTable): Statements {
  const known = statements.get(table)
  if (known) return known
  const name = getTableName(table)
  const all = Object.entries(getTableColumns(table))
  const columns = all.map(([key, column]) => [key, column.name] as [string, string])
  const names = columns.map(([, column]) => column)
  const from = `json_populate_recordset(null::${name}, $1::json) r`
  const set = names.filter((column) => column !== 'id').map((column) => `${column} = r.${column}`)
  const made = {
    columns,
    insert: `insert into ${name} (${names.join(', ')}) select ${names.map((c) => `r.${c}`).join(', ')} from ${from}`,
    update: `update ${name} t set ${set.join(', ')} from ${from} where t.id = r.id`,
  }
  statements.set(table, made)
  return made
}

/** Inserts whole rows (keys as in the drizzle table) in one statement. Every column must be given: defaults do not apply. */
export async function insertRows(tx: Tx, table: PgTable, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const { insert, columns } = statementsOf(table)
  await tx.unsafe(insert, [encode(columns, rows)])
}

/** Writes whole rows over those with the same `id` in one statement. */
export async function updateRows(tx: Tx, table: PgTable, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const { update, columns } = statementsOf(table)
  await tx.unsafe(update, [encode(columns, rows)])
}
