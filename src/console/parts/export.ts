import { csvHeader, csvLine } from '../../csv.ts'
import { send } from '../../http/send.ts'
import type { Page } from '../../pagination.ts'
import { primed } from '../../stream.ts'
import { type Html, html } from '../html.ts'
import type { Member, Visit } from '../visit.ts'

/** Answers with a file of comma-separated values, which is written as it is read. */
export async function sendCsv(
  { c, app }: Visit,
  name: string,
  stream: AsyncIterable<string>,
): Promise<Response> {
  return send(c, {
    status: 200,
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${name}.csv"`,
    },
    stream: await primed(stream, app.log),
  })
}

/** The lines of a short table. */
export async function* csvOf(
  columns: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): AsyncIterable<string> {
  yield csvHeader(columns) + rows.map((row) => csvLine(row)).join('')
}

/** The lines of a list of whatever length, page by page. */
export async function* csvOfList<T>(
  columns: readonly string[],
  readPage: (cursor: string | undefined) => Promise<Page<T>>,
  cells: (row: T) => readonly (string | null)[],
): AsyncIterable<string> {
  yield csvHeader(columns)
  let cursor: string | undefined
  do {
    const page: Page<T> = await readPage(cursor)
    yield page.data.map((row) => csvLine(cells(row))).join('')
    cursor = page.next_cursor ?? undefined
  } while (cursor)
}

/** The link to a table's file. */
export function exportLink({ t }: Pick<Member, 't'>, path: string, query: Record<string, string> = {}): Html {
  return html`<a class="button quiet" href="${withQuery(path, query)}" download>${t.table.csv}</a>`
}

/** A path with the parameters that are not empty. */
export function withQuery(path: string, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}
