import { z } from '@hono/zod-openapi'
import { CHANNELS } from '../db/schema/verifications.ts'

const prefix = z
  .string()
  .regex(/^\+\d{0,15}$/, 'must be a + and up to 15 digits')
  .openapi({ description: 'The longest prefix that a phone begins with wins.', example: '+79' })

const accounts = z
  .array(z.string().max(64))
  .min(1)
  .max(20)
  .openapi({ description: 'Provider accounts, in the order in which they are asked.' })

export const CreateRouteInput = z
  .strictObject({ prefix, channel: z.enum(CHANNELS).default('flash_call'), accounts })
  .openapi('CreateRoute')

export type CreateRouteInput = z.infer<typeof CreateRouteInput>

export const UpdateRouteInput = z
  .strictObject({
    prefix: prefix.optional(),
    channel: z.enum(CHANNELS).optional(),
    accounts: accounts.optional(),
  })
  .openapi('UpdateRoute')

export type UpdateRouteInput = z.infer<typeof UpdateRouteInput>

export const RouteView = z
  .object({
    id: z.string().openapi({ example: 'rte_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    prefix: z.string(),
    channel: z.string(),
    accounts: z.array(z.string()),
    created_at: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('Route')

export type RouteView = z.infer<typeof RouteView>
