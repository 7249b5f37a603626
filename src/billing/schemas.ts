import { z } from '@hono/zod-openapi'
import { parseAmount } from './money.ts'

/** An amount as requests hold it: a decimal string, read as millionths. */
export const amount = z
  .string()
  .max(100)
  .transform((text, issues) => {
    const read = parseAmount(text)
    if ('micros' in read) return read.micros
    issues.addIssue({ code: 'custom', message: read.refused })
    return z.NEVER
  })
  .openapi({ type: 'string', example: '0.350000' })

/** More than nothing. */
export const positiveAmount = amount.refine((micros) => micros > 0n, 'must be more than 0')

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be a currency in ISO 4217, e.g. RUB')
  .openapi({ example: 'RUB' })

export const prefix = z
  .string()
  .regex(/^\+\d{0,15}$/, 'must be a + and up to 15 digits')
  .openapi({ description: 'The longest prefix that a phone begins with wins.', example: '+7' })

/** A moment in RFC 3339, with any offset. */
export const moment = z.iso
  .datetime({ offset: true, error: 'must be a time that exists, in RFC 3339, e.g. 2026-01-31T12:00:00Z' })
  .transform((value) => new Date(value))

export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), 'must be valid Unicode without NUL')

export const MoneyView = z
  .object({
    amount: z.string().openapi({ example: '0.200000' }),
    currency: z.string().openapi({ example: 'RUB' }),
  })
  .openapi('Money')

export const time = z.string().openapi({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
