import { z } from '@hono/zod-openapi'
import { page } from '../values/page-schemas.ts'

/** Body of a request that needs none. */
export const NoBody = z.strictObject({})

/** Query of a list without filters. */
export const PageQuery = z.strictObject(page)

/** One page of a list. */
export function pageOf(item: z.ZodType, name: string) {
  return z
    .object({
      data: z.array(item),
      next_cursor: z.string().nullable().openapi({ description: 'For `cursor`; null on the last page.' }),
    })
    .openapi(name)
}
