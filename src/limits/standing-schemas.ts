import { z } from '@hono/zod-openapi'
import { STANDINGS } from '../db/schema/limits.ts'
import { page } from '../values/page-schemas.ts'
import { moment } from '../values/time-schemas.ts'

const ALL = [...STANDINGS, 'neutral'] as const

const standing = z.enum(ALL).openapi({
  description:
    '`blocked`: starts are refused (`destination_denied`). `trusted`: the conversion guard and `starts_per_prefix_hour` do not apply; every other limit does. `neutral`: neither, as for any phone.',
})

export const StandingInput = z
  .strictObject({
    standing,
    until: moment.nullable().optional().openapi({
      description: 'When the phone becomes neutral again; null or absent: never by itself.',
    }),
    reason: z.string().trim().min(1).max(255).nullable().optional().openapi({
      description: 'A note for people. It is erased with the standing and is not in the audit.',
    }),
  })
  .openapi('StandingInput')

export type StandingInput = z.infer<typeof StandingInput>

export const StandingView = z
  .object({
    phone: z.string().openapi({ example: '+79243555100' }),
    standing,
    until: z.iso.datetime().nullable(),
    reason: z.string().nullable(),
    updated_at: z.iso.datetime().nullable().openapi({ description: 'Null for a neutral phone.' }),
  })
  .openapi('PhoneStanding')

export type StandingView = z.infer<typeof StandingView>

export const StandingsQuery = z.strictObject({
  standing: z.enum(STANDINGS).optional().openapi({ description: 'Only phones with this standing.' }),
  ...page,
})

export type StandingsQuery = z.infer<typeof StandingsQuery>
