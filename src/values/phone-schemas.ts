import { z } from '@hono/zod-openapi'
import { issue } from '../words/text.ts'
import { cleanNumber, digitsOf } from './pasted.ts'

/** A phone as received; `parsePhone` reads it. */
export const phone = z.string().min(1).max(64).openapi({
  description: 'E.164, or national notation when the tenant has a default region.',
  example: '+79243555100',
})

/** The last digits of a phone, in any notation. */
export const phoneEnds = z
  .string()
  .max(64)
  .overwrite((text) => digitsOf(text) ?? text)
  .regex(/^\d{4,15}$/, issue('phone_ends'))
  .openapi({ description: 'The last digits of the phone, four or more.', example: '5100' })

/** A pasted prefix without the separators between its digits. */
export const cleanPrefix = (text: string): string => cleanNumber(text).replace(/[ ().-]/g, '')
