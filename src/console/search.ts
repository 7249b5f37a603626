import { cleanNumber } from '../values/pasted.ts'
import { parsePhone } from '../values/phone.ts'

export type Search =
  | { phone: string }
  | { phone_ends: string }
  | { reference: string }
  | Record<string, never>

/**
 * The filter for a text in the search field: a number with `+` is a whole phone, four digits or more are the end
 * of one, anything else is a reference. `defaultRegion`: the country whose national notation is understood.
 */
export function searchOf(typed: string, defaultRegion: string | null): Search {
  if (!typed) return {}
  const digits = cleanNumber(typed).replace(/[\s().-]/g, '')
  if (/^\+\d+$/.test(digits)) return { phone: digits }
  const national = parsePhone(typed, defaultRegion)?.e164
  // In national notation a number starts with a trunk prefix (8, 0) that E.164 lacks.
  if (national && !national.endsWith(digits)) return { phone: national }
  return /^\d{4,15}$/.test(digits) ? { phone_ends: digits } : { reference: typed }
}
