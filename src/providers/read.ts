import { z } from 'zod'
import { roundToMicros } from '../values/decimal.ts'
import { digitsOf, withoutMarks } from '../values/pasted.ts'

/** How operators' JSON is read, for all adapters alike; docs/operators.md says why. */

/** An integer that stands bare in a JSON text and may be too long for a number. */
const LONG_INTEGER = /[:,[]\s*-?\d{16}/

/**
 * The value of a JSON text, without the byte-order marks and blanks around it; undefined where the text is no JSON.
 * Integers beyond 2^53 come as text, with all their digits.
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

/** A member that no outcome needs: absent where it cannot be read. */
export const optional = <Shape extends z.ZodType>(shape: Shape) => shape.nullish().catch(undefined)

/** A value that `read` makes of text, a number or a flag; `read` gets it as text, and gives undefined for what it cannot read. */
function reading<Value>(read: (text: string) => Value | undefined) {
  return z.union([z.string(), z.number(), z.boolean()]).transform((given, issues) => {
    const value = read(withoutMarks(String(given)).trim())
    if (value !== undefined) return value
    issues.addIssue({ code: 'custom', message: 'cannot be read' })
    return z.NEVER
  })
}

/** Text, also where it came as a number or a flag. */
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
/** A flag: `true`, `"True"`, `1`, `"1"`, `yes`, and what is the opposite. */
export const flag = reading((given) => FLAGS[given.toLowerCase()])

/** A whole number, also as text. */
export const integer = reading((given) => (/^-?\d{1,15}$/.test(given) ? Number(given) : undefined))

/** An id, also as a number. */
export const id = reading((given) => (/^(?=.*\d)\w[\w-]{0,63}$/.test(given) ? given : undefined))

/** A code of at least `length` digits, in any notation; as a number it has lost its leading zeros, and gets them back. */
export const codeOf = (length: number) =>
  reading((given) => digitsOf(given)?.padStart(length, '0') ?? undefined)

const AMOUNT =
  /^([-+]?)(\d{1,9}|\d{1,3}(?: \d{3}){1,2})(?:([.,])(\d{1,12}))?(e-?\d{1,2})? *(?:₽|р\.?|руб\.?|рубл(?:ь|я|ей)|rub\.?|rur)?$/i

/**
 * An amount of money, in millionths: a number or text, with a decimal comma or point, blanks between thousands, and roubles named
 * behind it. `1,234` could be two amounts and is none.
 */
export const amountMicros = reading((given) => {
  const [, sign = '', whole = '', point = '.', fraction = '0', exponent = ''] =
    AMOUNT.exec(given.replace(/[\p{Zs}]/gu, ' ').replace('−', '-')) ?? []
  if (whole === '' || (point === ',' && fraction.length === 3 && Number(whole) !== 0)) return undefined
  const digits = `${sign === '-' ? '-' : ''}${whole.replaceAll(' ', '')}.${fraction}${exponent}`
  return Math.abs(Number(digits)) > 1e9 ? undefined : (roundToMicros(digits) ?? undefined)
})

/** The digits of a phone that came as text or a number, in any notation; null where none are told: empty, masked, only zeros. */
export function phoneDigits(told: unknown): string | null {
  const digits = typeof told === 'string' || typeof told === 'number' ? digitsOf(String(told)) : null
  return digits && /[1-9]/.test(digits) ? digits : null
}

/** Whether an operator names another phone than this one (E.164), in whatever notation; false where it names none. */
export function namesAnotherPhone(told: unknown, phone: string): boolean {
  const digits = phoneDigits(told)
  if (!digits) return false
  const own = phone.slice(1)
  const national = /^\+7\d{10}$/.test(phone) ? own.slice(1) : null
  const notations = [own, `00${own}`, `810${own}`, ...(national ? [national, `8${national}`] : [])]
  return !notations.includes(digits)
}

/** Whether an operator names another id than this one; false where it names none, or 0. A number has lost its leading zeros. */
export function namesAnotherId(told: string | null | undefined, own: string): boolean {
  const bare = (name: string) => name.toLowerCase().replace(/^0+/, '')
  return bare(told ?? '') !== '' && bare(told ?? '') !== bare(own)
}
