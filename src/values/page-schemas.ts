import { z } from '@hono/zod-openapi'
import { issue } from '../words/text.ts'
import { PAGE_DEFAULT, PAGE_MAX } from './pages.ts'

/** The page size, as digits in a query. */
const limit = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^[+-]?\d{1,15}$/)
        .transform(Number),
    ],
    { error: issue('wrong_type', { wanted: 'whole', given: null }) },
  )
  .pipe(z.int().min(1).max(PAGE_MAX))
  .default(PAGE_DEFAULT)
  .openapi({ type: 'integer', minimum: 1, maximum: PAGE_MAX, default: PAGE_DEFAULT })

const cursor = z.string().max(200).optional()

/** Query parameters of every list. */
export const page = {
  limit,
  cursor: cursor.openapi({ description: 'The `next_cursor` of the previous page.' }),
}

/** The same for a list that a client can also resume after its last row. */
export const pageAfterRow = {
  limit,
  cursor: cursor.openapi({
    description: 'The `next_cursor` of the previous page, or the `id` of the last event you have.',
  }),
}
