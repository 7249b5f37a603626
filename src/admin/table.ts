import { stripVTControlCharacters } from 'node:util'

/** The longest cell of a list; `show` and `--json` have all of it. */
const CELL_MAX = 44

/** A result as people read it: a list as a table, anything else as one line per field. */
export function asTable(result: unknown): string {
  if (Array.isArray(result)) return result.length === 0 ? 'None.' : listed(result as object[])
  if (typeof result !== 'object' || result === null) return String(result)
  const rows = Object.entries(result).map(([name, value]) => [name, cell(value)])
  return aligned(rows)
}

/** Columns that are empty in every row, or hold whole objects, are left out. */
function listed(rows: object[]): string {
  const all = rows as Record<string, unknown>[]
  const names = [...new Set(all.flatMap(Object.keys))].filter((name) => {
    const values = all.map((row) => row[name])
    return values.every(isShort) && values.some((value) => cell(value) !== '')
  })
  const shortened = (text: string) => (text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 1)}…` : text)
  return aligned([names, ...all.map((row) => names.map((name) => shortened(cell(row[name]))))])
}

const isShort = (value: unknown) =>
  typeof value !== 'object' ||
  value === null ||
  isMoney(value) ||
  (Array.isArray(value) && value.every(isShort))

const isMoney = (value: object): value is { amount: string; currency: string } =>
  Object.keys(value).join() === 'amount,currency'

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  // Texts come from people: a control character would reach the terminal.
  if (typeof value !== 'object') return stripVTControlCharacters(String(value)).replace(/\p{Cc}/gu, ' ')
  if (isMoney(value)) return `${value.amount} ${value.currency}`
  if (Array.isArray(value) && value.every(isShort)) return value.map(cell).join(', ')
  return JSON.stringify(value)
}

function aligned(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
