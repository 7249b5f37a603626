import type { Statement, Tag } from '../db/sql.ts'
import { ID_PREFIXES, type IdKind } from '../values/ids.ts'
import { FORMULA, NUMBER } from './csv.ts'

/** An expression in SQL. */
export type Sqlish = Statement<unknown>

/**
 * Lines of CSV made by PostgreSQL, cell by cell as `src/export/csv.ts` makes them: `text` always quoted and safe, all else plain. An export that reads whole lines leaves the process next
 * to nothing to do for a row, and next to no garbage.
 */
export function csvCells(sql: Tag) {
  return {
    /** What came from people or operators. */
    text: (value: Sqlish): Sqlish => sql`coalesce((
      select '"' || case when raw ~ ${FORMULA} and raw !~ ${NUMBER} then '''' else '' end || replace(raw, '"', '""') || '"'
      from (select ${value} as raw) as r), '')`,
    /** A word of ours, or a phone, which need no quotes. */
    word: (value: Sqlish): Sqlish => sql`coalesce(${value}, '')`,
    /** The public form of a UUID. */
    id: (kind: IdKind, uuid: Sqlish): Sqlish =>
      sql`coalesce(${`${ID_PREFIXES[kind]}_`}::text || replace(${uuid}::text, '-', ''), '')`,
    time: (at: Sqlish): Sqlish => sql`to_char(${at} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    /** Millionths as an amount of six places. */
    amount: (micros: Sqlish): Sqlish => sql`coalesce((${micros} * 0.000001)::text, '')`,
    line: (cells: readonly Sqlish[]): Sqlish =>
      sql`${cells.reduce((line, cell) => sql`${line} || ',' || ${cell}`)} || E'\r\n'`,
  }
}
