import type { Statement, Tag } from '../db/sql.ts'
import { ID_PREFIXES, type IdKind } from '../values/ids.ts'
import { FORMULA, NUMBER } from './csv.ts'

/** A SQL expression. */
export type Sqlish = Statement<unknown>

/**
 * Makes CSV lines in PostgreSQL, cell by cell as `src/export/csv.ts` does: `text` always quoted and safe, the
 * rest plain. Reading whole lines, an export needs almost no work and leaves almost no garbage per row.
 */
export function csvCells(sql: Tag) {
  return {
    /** Text from people or operators. */
    text: (value: Sqlish): Sqlish => sql`coalesce((
      select '"' || case when raw ~ ${FORMULA} and raw !~ ${NUMBER} then '''' else '' end || replace(raw, '"', '""') || '"'
      from (select ${value} as raw) as r), '')`,
    /** A word of ours, or a phone: needs no quotes. */
    word: (value: Sqlish): Sqlish => sql`coalesce(${value}, '')`,
    /** The public form of a UUID. */
    id: (kind: IdKind, uuid: Sqlish): Sqlish =>
      sql`coalesce(${`${ID_PREFIXES[kind]}_`}::text || replace(${uuid}::text, '-', ''), '')`,
    time: (at: Sqlish): Sqlish => sql`to_char(${at} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    /** Millionths as an amount with six places. */
    amount: (micros: Sqlish): Sqlish => sql`coalesce((${micros} * 0.000001)::text, '')`,
    line: (cells: readonly Sqlish[]): Sqlish =>
      sql`${cells.reduce((line, cell) => sql`${line} || ',' || ${cell}`)} || E'\r\n'`,
  }
}
