import { z } from '@hono/zod-openapi'

const key = z.string().max(255).optional()

/**
 * Filters of the console's list. Groups of the statistics: empty means unknown. `started`: without denied ones. `text`:
 * part of the reference or of a value of the metadata, in any case. `id_begins`: hexadecimal digits. `oldest`: oldest
 * first.
 */
export const GroupFilter = z.strictObject({
  country: key,
  prefix: key,
  carrier: key,
  provider: key,
  channel: key,
  started: z.literal(true).optional(),
  text: key,
  phone_begins: z
    .string()
    .regex(/^\+\d{1,15}$/)
    .optional(),
  id_begins: z
    .string()
    .regex(/^[0-9a-f]{1,32}$/)
    .optional(),
  oldest: z.literal(true).optional(),
})

export type GroupFilter = z.infer<typeof GroupFilter>
