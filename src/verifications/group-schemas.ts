import { z } from '@hono/zod-openapi'

const key = z.string().max(255).optional()

/** Groups of the statistics as filters; empty: unknown. `started`: without denied ones. */
export const GroupFilter = z.strictObject({
  country: key,
  prefix: key,
  carrier: key,
  provider: key,
  channel: key,
  started: z.literal(true).optional(),
})

export type GroupFilter = z.infer<typeof GroupFilter>
