import { cleanNumber } from '../values/pasted.ts'
import { parsePhone } from '../values/phone.ts'

export type Search =
  | { phone: string }
  | { phone_ends: string }
  | { reference: string }
  | Record<string, never>

/**
 * What somebody typed into the search, as the API wants it: with a `+` a whole phone, else four digits or more are the end of one;
 * anything else is a reference. `defaultRegion`: whose national notation is known.
 */
export function searchOf(typed: string, defaultRegion: string | null): Search {
  if (!typed) return {}
  const digits = cleanNumber(typed).replace(/[\s().-]/g, '')
  if (/^\+\d+$/.test(digits)) return { phone: digits }
  const national = parsePhone(typed, defaultRegion)?.e164
  // Dialled from home, a number begins with what it does not have in E.164: an 8, a 0.
  if (national && !national.endsWith(digits)) return { phone: national }
  return /^\d{4,15}$/.test(digits) ? { phone_ends: digits } : { reference: typed }
}
