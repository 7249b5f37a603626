import { z } from '@hono/zod-openapi'
import { CHANNELS } from '../../channels/channels.ts'
import { COST_PERS, PRICE_PERS } from '../../db/schema/billing.ts'
import { amount, currency } from '../../values/money-schemas.ts'
import { moment } from '../../values/time-schemas.ts'
import { prefix, time } from '../schemas.ts'

export { COST_PERS, PRICE_PERS }

const per = z.enum(PRICE_PERS).openapi({
  description:
    'Which calls are charged: `attempt`: placed calls; `delivered`: calls that rang; `approved`: the call whose code was submitted.',
})
const validFrom = moment.openapi({
  type: 'string',
  format: 'date-time',
  description:
    'When the price takes effect; default: now. Of several for one prefix, the newest in effect applies.',
})
const channel = z.enum(CHANNELS)
const costPer = z.enum(COST_PERS)
const account = z.string().max(64).openapi({ description: 'The provider account.', example: 'prv_0193f2a4…' })

const newFields = <Per extends z.ZodType>(charged: Per) => ({
  prefix,
  channel: channel.default('flash_call'),
  per: charged,
  amount,
  currency,
  valid_from: validFrom.optional(),
})

const changedFields = <Per extends z.ZodType>(charged: Per) => ({
  prefix: prefix.optional(),
  channel: channel.optional(),
  per: charged.optional(),
  amount: amount.optional(),
  valid_from: validFrom.optional(),
})

const shownFields = (example: string) => ({
  prefix: z.string(),
  channel: z.string(),
  per: z.string(),
  amount: z.string().openapi({ example }),
  currency: z.string(),
  valid_from: time,
  valid_until: time.nullable().openapi({
    description: 'When the next one for the same prefix and channel takes over; null: none is planned.',
  }),
  created_at: time,
})

export const CreatePriceInput = z
  .strictObject({
    ...newFields(per),
    list: z.enum(['own', 'default']).default('own').openapi({
      description: '`own`: the tenant’s. `default`: for every tenant whose own list has no match.',
    }),
  })
  .openapi('CreatePrice')

export type CreatePriceInput = z.infer<typeof CreatePriceInput>

export const UpdatePriceInput = z.strictObject(changedFields(per)).openapi('UpdatePrice')

export type UpdatePriceInput = z.infer<typeof UpdatePriceInput>

export const PriceView = z
  .object({
    id: z.string().openapi({ example: 'prc_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    list: z.enum(['own', 'default']),
    ...shownFields('0.350000'),
  })
  .openapi('Price')

export type PriceView = z.infer<typeof PriceView>

export const CreateCostInput = z
  .strictObject({
    account,
    ...newFields(costPer),
  })
  .openapi('CreateAccountCost')

export type CreateCostInput = z.infer<typeof CreateCostInput>

export const UpdateCostInput = z.strictObject(changedFields(costPer)).openapi('UpdateAccountCost')

export type UpdateCostInput = z.infer<typeof UpdateCostInput>

export const CostView = z
  .object({
    id: z.string().openapi({ example: 'cst_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    account: z.string(),
    ...shownFields('0.200000'),
  })
  .openapi('AccountCost')

export type CostView = z.infer<typeof CostView>
