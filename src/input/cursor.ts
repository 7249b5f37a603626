import { invalid } from '../errors.ts'
import { readCursor } from '../values/pages.ts'

/** Which part of a list is wanted. */
export type PageInput = { limit: number; cursor?: string | undefined }

/** The id after which a page begins, null for the first page. Throws 422 for a cursor that no list gave out. */
export function afterCursor({ cursor }: PageInput): string | null {
  const id = readCursor(cursor)
  if (cursor && !id) throw invalid('cursor', 'cursor')
  return id
}
