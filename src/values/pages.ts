/** A page of rows, newest first, and the cursor of the next page; null on the last page. */
export type Page<T> = { data: T[]; next_cursor: string | null }

/** Rows per page: default and maximum. */
export const PAGE_DEFAULT = 20
export const PAGE_MAX = 100

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The id after which the page begins; null without a cursor, or for one that we did not issue. */
export function readCursor(cursor: string | undefined): string | null {
  if (!cursor) return null
  const id = Buffer.from(cursor, 'base64url').toString()
  return UUID.test(id) ? id : null
}

/** The cursor of the page after the row with this id. */
export const cursorOf = (id: string) => Buffer.from(id).toString('base64url')

/** `rows`: more than `limit` if there are: an extra row shows, without counting, that another page exists. */
export function toPage<Row extends { id: string }, T>(
  rows: Row[],
  limit: number,
  present: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { data: shown.map(present), next_cursor: last ? cursorOf(last.id) : null }
}
