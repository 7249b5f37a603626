const BOM = '\uFEFF'
/**
 * What a spreadsheet would take for a formula: a sign, full-width and small ones included, at the start or
 * after blanks, invisible characters and quotes; or a leading tab or line break. Like `NUMBER`, a regular
 * expression that means the same in PostgreSQL.
 */
export const FORMULA = String.raw`^[\t-\r]|^[ \u0085\u00A0\u00AD\u061C\u1680\u180E\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFE00-\uFE0F\uFEFF"'\u2018-\u201F\u00AB\u00BB\u2039\u203A\uFF02\uFF07]*[=+@\uFF1D\uFF0B\uFF0D\uFF20\uFE62\uFE63\uFE66\uFE6B-]`
/** Begins like a formula but is not one: a number, or a phone in E.164. */
export const NUMBER = '^[+-]?[0-9]+([.][0-9]+)?$'

const [formula, number] = [new RegExp(FORMULA), new RegExp(NUMBER)]
/** The forms of our own values: an id, a time, a phone, a prefix, an amount, a word. */
const PLAIN = /^(?:[+-]?\d+(?:\.\d+)?|\+|[A-Za-z0-9][\w.:-]*)$/

/**
 * What a column holds. `text` comes from people or operators: always quoted, so a `;` or tab in it starts no
 * new cell, and prefixed with an apostrophe where a spreadsheet would run it. `plain` values are ours and
 * stay unquoted for programs to read.
 */
export type CsvKind = 'text' | 'plain'

export type CsvTable<Column extends string> = {
  /** The first line of a file. With `bom`, programs that would guess another encoding read UTF-8. */
  header(options?: { bom?: boolean }): string
  /** One line (RFC 4180). Null is an empty cell. */
  line(row: Record<Column, string | number | boolean | null>): string
}

/** A writer of CSV with these columns; every CSV file comes from one. */
export function csvTable<Column extends string>(columns: Record<Column, CsvKind>): CsvTable<Column> {
  const names = Object.keys(columns) as Column[]
  return {
    header: ({ bom = false } = {}) => `${bom ? BOM : ''}${names.join(',')}\r\n`,
    line: (row) => `${names.map((name) => csvCell(columns[name], row[name])).join(',')}\r\n`,
  }
}

/** One cell. A `plain` value in an unexpected form is quoted all the same. */
export function csvCell(kind: CsvKind, value: string | number | boolean | null): string {
  if (value === null) return ''
  const text = String(value)
  if (kind === 'plain' && (text === '' || PLAIN.test(text))) return text
  const safe = formula.test(text) && !number.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}
