import { z } from '@hono/zod-openapi'
import { currency, MoneyView, positiveAmount } from '../values/money-schemas.ts'
import { cleanPrefix } from '../values/phone-schemas.ts'
import { issue } from '../words/text.ts'

export const prefix = z
  .string()
  .max(64)
  .overwrite(cleanPrefix)
  .regex(/^\+\d{0,15}$/, issue('prefix'))
  .openapi({ description: 'The longest matching prefix wins.', example: '+7' })

export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), issue('not_storable'))

export const time = z.string().openapi({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })

export const BalanceView = z
  .object({
    balance: MoneyView.openapi({ description: 'Top-ups and adjustments less charges for calls.' }),
    reserved: MoneyView.openapi({
      description: 'The part of `balance` held for calls that are not settled yet.',
    }),
    credit_limit: MoneyView.openapi({ description: 'How far below zero the balance may go.' }),
    available: MoneyView.openapi({
      description: 'Available for further calls: `balance` + `credit_limit` − `reserved`.',
    }),
  })
  .openapi('Balance')

export type BalanceView = z.infer<typeof BalanceView>

export const TopUpInput = z
  .strictObject({
    amount: positiveAmount,
    currency,
    reference: text(255).nullable().default(null).openapi({
      description: 'Source of the money, such as the number of a payment or invoice.',
      example: 'invoice 2026-17',
    }),
  })
  .openapi('TopUp')

export type TopUpInput = z.infer<typeof TopUpInput>

export const AdjustmentInput = z
  .strictObject({
    direction: z.enum(['credit', 'debit']).openapi({
      description: '`credit` adds to the balance; `debit` subtracts from it, even beyond the credit limit.',
    }),
    amount: positiveAmount,
    currency,
    reason: text(1000).openapi({ description: 'The reason, shown on the statement.' }),
    reference: text(255).nullable().default(null),
  })
  .openapi('Adjustment')

export type AdjustmentInput = z.infer<typeof AdjustmentInput>

export const LedgerTransactionView = z
  .object({
    id: z.string().openapi({ example: 'led_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    kind: z.enum(['topup', 'adjustment']),
    at: time,
    amount: z.string().openapi({ description: 'Negative for a debit.', example: '100.000000' }),
    currency: z.string(),
    reason: z.string().nullable(),
    reference: z.string().nullable(),
    balance: BalanceView,
  })
  .openapi('LedgerTransaction')

export type LedgerTransactionView = z.infer<typeof LedgerTransactionView>
