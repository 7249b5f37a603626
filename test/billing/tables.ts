import { readFileSync } from 'node:fs'

const TEXT = readFileSync(new URL('../../docs/billing.md', import.meta.url), 'utf8')

/** The rows of the table in docs/billing.md with this heading of the first column. */
export function documentedRows(heading: string): string[][] {
  const lines = TEXT.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${heading} |`))
  if (start < 0) throw new Error(`no table begins with ${heading}`)
  const rows: string[][] = []
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    )
  }
  return rows
}
