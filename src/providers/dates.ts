/** A time that an operator wrote. `zoned`: whether it names its zone or needs none. */
export type WrittenTime = { at: Date; zoned: boolean }

const CLOCK = String.raw`(\d{1,2}):(\d\d):(\d\d)(?:[.,]\d+)?`
const ZONE = String.raw`\s*(Z|UTC|GMT|MSK|[+-]\d\d(?::?\d\d)?)?`
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})[-./](\d\d?)[-./](\d\d?)(?:T|,?\s+)${CLOCK}${ZONE}$`, 'i')
/** As written in Russia. Excludes slashes, with which the month might come first. */
const DAY_FIRST = new RegExp(String.raw`^(\d\d?)[-.](\d\d?)[-.](\d{4})(?:T|,?\s+)${CLOCK}${ZONE}$`, 'i')

/**
 * Reads a time in whole seconds: ISO 8601 with or without a zone, `28.11.2026 14:06:51`, Unix seconds or
 * milliseconds. `offset` (e.g. `+03:00`) applies if the text names no zone. Null for anything else and for
 * dates that do not exist.
 */
export function readTime(value: unknown, offset: string): WrittenTime | null {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : ''
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return { at: new Date(Math.floor(Number(text)) * 1000), zoned: true }
  if (/^\d{12,13}$/.test(text)) return { at: new Date(Math.floor(Number(text) / 1000) * 1000), zoned: true }
  const yearFirst = YEAR_FIRST.exec(text)
  if (yearFirst) return toTime(yearFirst.slice(1, 4), yearFirst.slice(4), offset)
  const dayFirst = DAY_FIRST.exec(text)
  return dayFirst ? toTime(dayFirst.slice(1, 4).reverse(), dayFirst.slice(4), offset) : null
}

function toTime(day: string[], rest: (string | undefined)[], offset: string): WrittenTime | null {
  const [year = '', month = '', date = ''] = day
  const [hour = '', minute = '', second = '', zone] = rest
  const two = (digits: string) => digits.padStart(2, '0')
  const written = `${year}-${two(month)}-${two(date)}T${two(hour)}:${minute}:${second}`
  const local = new Date(`${written}Z`)
  if (Number.isNaN(local.getTime()) || local.toISOString().slice(0, 19) !== written) return null
  return { at: new Date(local.getTime() - minutesEast(zone ?? offset) * 60_000), zoned: zone !== undefined }
}

function minutesEast(zone: string): number {
  if (/^msk$/i.test(zone)) return 180
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  return sign ? Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) : 0
}
