import { z } from '@hono/zod-openapi'
import { issue, pack } from '../words/text.ts'
import { parseAmount } from './money.ts'

/** An amount in a request: a decimal string, read as millionths. */
export const amount = z
  .string()
  .max(100)
  .transform((text, issues) => {
    const read = parseAmount(text)
    if ('micros' in read) return read.micros
    issues.addIssue({ code: 'custom', message: pack(read.refused) })
    return z.NEVER
  })
  .openapi({ type: 'string', example: '0.350000' })

/** Greater than zero. */
export const positiveAmount = amount.refine((micros) => micros > 0n, issue('more_than', { min: '0' }))

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, issue('currency'))
  .openapi({ example: 'RUB' })

export const MoneyView = z
  .object({
    amount: z.string().openapi({ example: '0.200000' }),
    currency: z.string().openapi({ example: 'RUB' }),
  })
  .openapi('Money')
