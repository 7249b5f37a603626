import { redact } from './redact.ts'

/** The network of a phone, as an operator names it. `mcc`, `mnc`: its codes (ITU-T E.212); null if not told. */
export type Carrier = { name: string; mcc: string | null; mnc: string | null }

const NAME_MAX = 64
/** Stands for a digit that stays: a letter of Linear B, which no operator writes. */
const STAND_IN = '𐀀'

/**
 * The carrier that an operator names; null if it names none. Redacted like every text of an operator, but for a
 * single digit: Tele2, O2. At most 64 characters.
 */
export function carrierOf(told: unknown, secrets: readonly string[]): Carrier | null {
  if (typeof told !== 'string') return null
  const digits = told.match(/\p{N}/gu) ?? []
  const kept = digits.length === 1 ? told.replaceAll(STAND_IN, '').replace(/\p{N}/u, STAND_IN) : told
  const name = redact(kept, secrets).replace(STAND_IN, digits[0] ?? '')
  const short = Array.from(name).slice(0, NAME_MAX).join('').trim()
  return /[\p{L}\p{N}]/u.test(short) ? { name: short, mcc: null, mnc: null } : null
}
