import { z } from 'zod'
import { roundToMicros } from '../values/decimal.ts'
import { digitsOf, withoutMarks } from '../values/pasted.ts'

/** Reads operators' JSON for all adapters; docs/operators.md says why it is so lenient. */

/** An unquoted integer in a JSON text that may be too long for a number. */
const LONG_INTEGER = /[:,[]\s*-?\d{16}/

/**
 * Parses a JSON text, ignoring byte-order marks and blanks around it; undefined if it is not JSON. Integers
 * beyond 2^53 become text, so that they keep all digits.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.trim(), LONG_INTEGER.test(text) ? keepDigits : undefined)
  } catch {
    return undefined
  }
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isLong = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
  return isLong && context?.source ? context.source : value
}

/** A member that no outcome depends on: undefined if it cannot be read. */
export const optional = <Shape extends z.ZodType>(shape: Shape) => shape.nullish().catch(undefined)

/**
 * A value that `read` converts from text, a number or a flag. `read` gets text and returns undefined if it
 * cannot read it.
 */
function reading<Value>(read: (text: string) => Value | undefined) {
  return z.union([z.string(), z.number(), z.boolean()]).transform((given, issues) => {
    const value = read(withoutMarks(String(given)).trim())
    if (value !== undefined) return value
    issues.addIssue({ code: 'custom', message: 'cannot be read' })
    return z.NEVER
  })
}

/** Text, also if it came as a number or a flag. */
export const text = reading((given) => given)

const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
}
/** A flag: `true`, `"True"`, `1`, `"1"`, `yes`, and their opposites. */
export const flag = reading((given) => FLAGS[given.toLowerCase()])

/** A whole number, also as text. */
export const integer = reading((given) => (/^-?\d{1,15}$/.test(given) ? Number(given) : undefined))

/** An id, also as a number. 0 is how an operator without one fills the member. */
export const id = reading((given) => (/^(?=.*\d)(?!0+$)\w[\w-]{0,63}$/.test(given) ? given : undefined))

/** A code of at least `length` digits, in any notation. Restores the leading zeros that a number has lost. */
export const codeOf = (length: number) =>
  reading((given) => digitsOf(given)?.padStart(length, '0') ?? undefined)

const AMOUNT =
  /^([-+]?)(\d{1,9}|\d{1,3}(?: \d{3}){1,2})(?:([.,])(\d{1,12}))?(e-?\d{1,2})? *(?:₽|р\.?|руб\.?|рубл(?:ь|я|ей)|rub\.?|rur)?$/i

/**
 * An amount of money, in millionths: a number or text with a decimal comma or point, blanks between
 * thousands, and roubles named after it. Rejects `1,234`, which is ambiguous.
 */
export const amountMicros = reading((given) => {
  const [, sign = '', whole = '', point = '.', fraction = '0', exponent = ''] =
    AMOUNT.exec(given.replace(/[\p{Zs}]/gu, ' ').replace('−', '-')) ?? []
  if (whole === '' || (point === ',' && fraction.length === 3 && Number(whole) !== 0)) return undefined
  const digits = `${sign === '-' ? '-' : ''}${whole.replaceAll(' ', '')}.${fraction}${exponent}`
  return Math.abs(Number(digits)) > 1e9 ? undefined : (roundToMicros(digits) ?? undefined)
})

/**
 * The digits of a phone, given as text or a number in any notation; null if there are none: empty, masked,
 * only zeros.
 */
export function phoneDigits(told: unknown): string | null {
  const digits = typeof told === 'string' || typeof told === 'number' ? digitsOf(String(told)) : null
  return digits && /[1-9]/.test(digits) ? digits : null
}

/** Whether an operator names a phone other than `phone` (E.164), in any notation; false if it names none. */
export function namesAnotherPhone(told: unknown, phone: string): boolean {
  const digits = phoneDigits(told)
  if (!digits) return false
  const own = phone.slice(1)
  const national = /^\+7\d{10}$/.test(phone) ? own.slice(1) : null
  const notations = [own, `00${own}`, `810${own}`, ...(national ? [national, `8${national}`] : [])]
  return !notations.includes(digits)
}

/**
 * Whether an operator names an id other than `own`; false if it names none or 0. Ignores leading zeros, which
 * a number loses.
 */
export function namesAnotherId(told: string | null | undefined, own: string): boolean {
  const bare = (name: string) => name.toLowerCase().replace(/^0+/, '')
  return bare(told ?? '') !== '' && bare(told ?? '') !== bare(own)
}
