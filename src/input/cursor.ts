import { invalid } from '../errors.ts'
import { readCursor } from '../values/pages.ts'

/** Which page of a list to read. */
export type PageInput = { limit: number; cursor?: string | undefined }

/** The id after which a page begins; null for the first page. Throws 422 for a cursor that no list issued. */
export function afterCursor({ cursor }: PageInput): string | null {
  const id = readCursor(cursor)
  if (cursor && !id) throw invalid('cursor', 'cursor')
  return id
}
