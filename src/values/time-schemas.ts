import { z } from '@hono/zod-openapi'
import { issue } from '../words/text.ts'
import { withoutMarks } from './pasted.ts'

const message = issue('time')

const DAY_AND_TIME = String.raw`(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?`
// In a query, an unencoded `+` arrives as a blank.
const ZONE = String.raw`(?:[Zz]|([+\-\u2212 ])(\d\d)(?::?(\d\d))?)`
const FORM = new RegExp(`^${DAY_AND_TIME}${ZONE}$`)

/**
 * Rewrites a time as RFC 3339, the form `z.iso.datetime` accepts, from notations with only one possible
 * meaning: `t`, `z`, a blank for the `T`, a comma before the fraction, no seconds, an offset without colon or
 * minutes, or with a blank for its `+`, and invisible characters. Returns other text unchanged.
 */
export function tidyTime(text: string): string {
  const found = FORM.exec(withoutMarks(text).trim())
  if (!found) return text
  const [, day, clock, seconds = ':00', fraction, sign, hours, minutes = '00'] = found
  const isBehind = sign === '-' || sign === '\u2212'
  const zone = sign ? `${isBehind ? '-' : '+'}${hours}:${minutes}` : 'Z'
  return `${day}T${clock}${seconds}${fraction ? `.${fraction}` : ''}${zone}`
}

/**
 * An RFC 3339 time with any offset. Outside the years 1–9999 UTC, PostgreSQL cannot read what a Date writes.
 */
export const moment = z
  .string()
  .overwrite(tidyTime)
  .check(z.iso.datetime({ offset: true, error: message }))
  .transform((value) => new Date(value))
  .refine((value) => value.getUTCFullYear() >= 1 && value.getUTCFullYear() <= 9999, message)
  .openapi({ type: 'string', format: 'date-time' })
