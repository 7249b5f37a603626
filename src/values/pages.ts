/** A page of rows, newest first, and the cursor of the next. */
export type Page<T> = { data: T[]; next_cursor: string | null }

/** How many rows of a list are shown where nothing else is asked for, and at most. */
export const PAGE_DEFAULT = 20
export const PAGE_MAX = 100

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The id after which the page begins; null for no cursor or one that we did not make. */
export function readCursor(cursor: string | undefined): string | null {
  if (!cursor) return null
  const id = Buffer.from(cursor, 'base64url').toString()
  return UUID.test(id) ? id : null
}

/** `rows`: up to `limit + 1` of them, so that a further page is known without counting. */
export function toPage<Row extends { id: string }, T>(
  rows: Row[],
  limit: number,
  present: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { data: shown.map(present), next_cursor: last ? Buffer.from(last.id).toString('base64url') : null }
}
