import { z } from '@hono/zod-openapi'

const DEFAULT = 20
const MAX = 100

/** How many entries of a list are wanted, as digits in a query. */
export const pageLimit = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^[+-]?\d{1,15}$/)
        .transform(Number),
    ],
    { error: 'must be a whole number' },
  )
  .pipe(z.int().min(1).max(MAX))
  .default(DEFAULT)
  .openapi({ type: 'integer', minimum: 1, maximum: MAX, default: DEFAULT })
