const BOM = '\uFEFF'
/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/
/** Begins like one and is none: a number, or a phone in E.164. */
const NUMBER = /^[+-]?\d+(\.\d+)?$/

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
  const text = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
