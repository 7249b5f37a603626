import { z } from '@hono/zod-openapi'
import { page } from '../values/page-schemas.ts'

/** An empty body: `{}`. */
export const NoBody = z.strictObject({})

/** The query of a list without filters. */
export const PageQuery = z.strictObject(page)

/** One page of a list. */
export function pageOf(item: z.ZodType, name: string) {
  return z
    .object({
      data: z.array(item),
      next_cursor: z
        .string()
        .nullable()
        .openapi({ description: 'Pass it as `cursor` to get the next page; null on the last page.' }),
    })
    .openapi(name)
}
