import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max'
import { cleanNumber } from './pasted.ts'

/** A phone that can exist. `country` and `type` are null where the metadata cannot tell. */
export type Phone = {
  e164: string
  country: string | null
  /**
   * libphonenumber's type in lower case: `mobile`, `fixed_line_or_mobile`, `voip` …; `satellite` is our own.
   */
  type: string | null
  /** The number range: country code and six digits. */
  range: string
}

/**
 * Reads E.164, or national notation when `defaultRegion` (ISO 3166 alpha-2) is given, however it was pasted.
 * `null` for a number that cannot exist according to libphonenumber's full metadata.
 */
export function parsePhone(input: string, defaultRegion: string | null): Phone | null {
  // libphonenumber does not understand a country code in brackets.
  const text = cleanNumber(input).replace(/^\( *\+ *(\d{1,3}) *\)/, '+$1')
  if (text.length > 40) return null
  const region =
    defaultRegion && isSupportedCountry(defaultRegion) ? (defaultRegion as CountryCode) : undefined
  if (!text.startsWith('+') && !region) return null
  const parsed = parsePhoneNumberFromString(text, { defaultCountry: region, extract: false })
  if (!parsed || parsed.ext) return null
  // A number with a type is valid; checking both would search the metadata twice.
  const type = parsed.getType()
  if (!type && !parsed.isValid()) return null
  return {
    e164: parsed.number,
    country: parsed.country ?? null,
    type: kindOf(parsed.countryCallingCode, type?.toLowerCase() ?? null),
    range: rangeOf(parsed.number),
  }
}

/** Inmarsat, mobile satellite systems, international networks: all cost as much as premium numbers. */
const SATELLITE_CODES: ReadonlySet<string> = new Set(['870', '881', '882', '883'])

/** libphonenumber reports satellite phones as mobiles. Where it knows a costly type, that type stays. */
function kindOf(callingCode: string, type: string | null): string | null {
  const isPlain = type === null || type === 'mobile' || type === 'fixed_line_or_mobile'
  return isPlain && SATELLITE_CODES.has(callingCode) ? 'satellite' : type
}

const CALLING_CODES = new Set<string>(getCountries().map((country) => getCountryCallingCode(country)))

/** The number range of an E.164 phone: country code and six digits, `+79243555100` → `+7924355`. */
export function rangeOf(e164: string): string {
  const codeLength = [1, 2, 3].find((length) => CALLING_CODES.has(e164.slice(1, 1 + length))) ?? 3
  return e164.slice(0, 1 + codeLength + 6)
}

/** The prefix of every phone in a region (ISO 3166 alpha-2), `+7`; null for an unknown region. */
export function callingPrefix(region: string): string | null {
  return isSupportedCountry(region) ? `+${getCountryCallingCode(region)}` : null
}

/** A phone (E.164) as it is written for people: `+7 495 123 45 67`. */
export function formatPhone(e164: string): string {
  return parsePhoneNumberFromString(e164)?.formatInternational() ?? e164
}
