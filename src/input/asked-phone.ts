import { invalid } from '../errors.ts'
import { withoutMarks } from '../values/pasted.ts'
import { parsePhone } from '../values/phone.ts'

/**
 * The phone that a query asks for, in E.164; null if it asks for none. A blank at the start is an unencoded
 * `+`. Throws 422 for a phone that cannot exist.
 */
export function askedPhone(given: string | undefined, defaultRegion: string | null): string | null {
  if (given === undefined) return null
  const [blank] = /^(?:tel:)? /i.exec(withoutMarks(given)) ?? []
  const phone =
    (blank && parsePhone(`+${withoutMarks(given).slice(blank.length)}`, defaultRegion)) ||
    parsePhone(given, defaultRegion)
  if (!phone) throw invalid('phone', 'phone')
  return phone.e164
}
