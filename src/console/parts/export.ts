import { send } from '../../exchange/send.ts'
import type { CsvTable } from '../../export/csv.ts'
import { startStream } from '../../export/stream.ts'
import { type Html, html } from '../../html/html.ts'
import type { Page } from '../../values/pages.ts'
import type { Member } from '../visit.ts'

/** Answers with a CSV file and streams its lines as they are read. */
export async function sendCsv(
  { c, context }: Member,
  name: string,
  stream: AsyncIterable<string>,
): Promise<Response> {
  return send(c, {
    status: 200,
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${name}.csv"`,
    },
    stream: await startStream(context, stream),
  })
}

type Row<Column extends string> = Parameters<CsvTable<Column>['line']>[0]

/** The lines of a short table. */
export async function* csvOf<Column extends string>(
  { header, line }: CsvTable<Column>,
  rows: readonly Row<Column>[],
): AsyncIterable<string> {
  yield header() + rows.map(line).join('')
}

/** The lines of a list of any length, read page by page. */
export async function* csvOfList<T, Column extends string>(
  { header, line }: CsvTable<Column>,
  readPage: (cursor: string | undefined) => Promise<Page<T>>,
  toRow: (item: T) => Row<Column>,
): AsyncIterable<string> {
  yield header()
  let cursor: string | undefined
  do {
    const page: Page<T> = await readPage(cursor)
    yield page.data.map((item) => line(toRow(item))).join('')
    cursor = page.next_cursor ?? undefined
  } while (cursor)
}

/** A link to the CSV file of a table. */
export function exportLink({ t }: Pick<Member, 't'>, path: string, query: Record<string, string> = {}): Html {
  return html`<a class="button quiet" href="${withQuery(path, query)}" download>${t.table.csv}</a>`
}

/** A path with the non-empty parameters. */
export function withQuery(path: string, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}
