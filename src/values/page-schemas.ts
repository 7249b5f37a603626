import { z } from '@hono/zod-openapi'
import { issue } from '../words/text.ts'
import { PAGE_DEFAULT, PAGE_MAX } from './pages.ts'

/** How many entries of a list are wanted, as digits in a query. */
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

/** What every query of a list holds. */
export const page = {
  limit,
  cursor: cursor.openapi({ description: 'The `next_cursor` of the page before.' }),
}

/** The same for a list that can also be read on from its last row. */
export const pageAfterRow = {
  limit,
  cursor: cursor.openapi({
    description: 'The `next_cursor` of the page before, or the `id` of the last event that you have.',
  }),
}
