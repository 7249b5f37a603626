const BOM = '\uFEFF'
/** What a spreadsheet would take for a formula, full-width signs included. A regular expression that PostgreSQL reads alike, as are the others. */
export const FORMULA = String.raw`^[\t\r\n]|^ *[=+@\uFF1D\uFF0B\uFF0D\uFF20-]`
/** Begins like one and is none: a number, or a phone in E.164. */
export const NUMBER = '^[+-]?[0-9]+([.][0-9]+)?$'
/** What stands in quotes (RFC 4180). */
export const QUOTED = String.raw`[",\r\n]`

const [formula, number, quoted] = [new RegExp(FORMULA), new RegExp(NUMBER), new RegExp(QUOTED)]

/** The first line of a file. With `bom`, programs that would take it for another encoding read it as UTF-8. */
export function csvHeader(columns: readonly string[], { bom = false } = {}): string {
  return (bom ? BOM : '') + csvLine(columns)
}

/** One line (RFC 4180). A cell that a spreadsheet would run as a formula gets an apostrophe before it. */
export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map(toCell).join(',')}\r\n`
}

function toCell(value: string | null): string {
  if (value === null) return ''
  const text = formula.test(value) && !number.test(value) ? `'${value}` : value
  return quoted.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
