import { z } from '@hono/zod-openapi'

const message = 'must be a time that exists, in RFC 3339, e.g. 2026-01-31T12:00:00Z'

const DAY_AND_TIME = String.raw`(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?`
// In a query, a `+` that nobody encoded arrives as a blank.
const ZONE = String.raw`(?:[Zz]|([+\-\u2212 ])(\d\d):?(\d\d)|([+\-\u2212])(\d\d))`
const FORM = new RegExp(`^${DAY_AND_TIME}${ZONE}$`)

/**
 * A time as RFC 3339 and `z.iso.datetime` want it, from notations that can mean nothing else: `t`, `z`, a blank for the `T`, a comma
 * before the fraction, no seconds, an offset without colon or minutes, and one whose `+` became a blank. Other text stays as it is.
 */
export function tidyTime(text: string): string {
  const found = FORM.exec(text.trim())
  if (!found) return text
  const [, day, clock, seconds = ':00', fraction, sign, hours, minutes, bareSign, bareHours] = found
  const by = sign ?? bareSign
  const isBehind = by === '-' || by === '\u2212'
  const zone = by ? `${isBehind ? '-' : '+'}${hours ?? bareHours}:${minutes ?? '00'}` : 'Z'
  return `${day}T${clock}${seconds}${fraction ? `.${fraction}` : ''}${zone}`
}

/** A moment in RFC 3339, with any offset. Outside the years 1–9999 of UTC, PostgreSQL cannot read what a Date writes. */
export const moment = z
  .string()
  .overwrite(tidyTime)
  .check(z.iso.datetime({ offset: true, error: message }))
  .transform((value) => new Date(value))
  .refine((value) => value.getUTCFullYear() >= 1 && value.getUTCFullYear() <= 9999, message)
  .openapi({ type: 'string', format: 'date-time' })
