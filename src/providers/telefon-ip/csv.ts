/**
 * Rows of `get_billing_csv` as objects keyed by column name; null if the text is not such a table.
 * ASSUMPTION: the document does not show the file. The first line is assumed to name the columns as the JSON
 * rows do, separated by commas or semicolons, with the usual quoting. A line with another number of cells is
 * unreliable and becomes an empty object.
 */
export function parseBillingCsv(text: string): Record<string, string>[] | null {
  const [header, ...lines] = splitRows(text.replace(/^\uFEFF/, ''))
  if (!header?.includes('created_at') || !header.includes('phone')) return null
  const fits = (cells: string[]) =>
    cells.length >= header.length && cells.slice(header.length).every((cell) => cell === '')
  return lines.map((cells) =>
    fits(cells) ? Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ''])) : {},
  )
}

function splitRows(text: string): string[][] {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/))
  const separator = firstLine.includes(';') ? ';' : ','
  const rows: string[][] = []
  let cells: string[] = []
  const cell = new RegExp(`("(?:[^"]|"")*"|[^"${separator}\\r\\n]*)(${separator}|\\r?\\n|\\r|$)`, 'y')
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text)
    if (!match) return []
    const [, raw = '', end] = match
    cells.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw.trim())
    if (end === separator) continue
    if (cells.length > 1) rows.push(cells)
    cells = []
  }
  return rows
}
