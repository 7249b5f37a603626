import { say, type Text } from '../words/text.ts'

/** An amount as the API shows it. Code holds money as `bigint` millionths. */
export type Money = { amount: string; currency: string }

/** Decimal places of money. */
export const PLACES = 6
export const MICROS = 10n ** BigInt(PLACES)
/** 10¹² units of the currency. */
export const AMOUNT_MAX_MICROS = 1_000_000_000_000n * MICROS

/** `200000n` → `{ amount: "0.200000", currency }`. */
export function toMoney(micros: bigint, currency: string): Money {
  return { amount: toAmount(micros), currency }
}

/** `200000n` → `0.200000`. */
export function toAmount(micros: bigint): string {
  const absolute = micros < 0n ? -micros : micros
  const fraction = (absolute % MICROS).toString().padStart(PLACES, '0')
  return `${micros < 0n ? '-' : ''}${absolute / MICROS}.${fraction}`
}

/** Reads an amount from a request, `"0.35"`, as millionths. Never rounds: refuses, with a reason. */
export function parseAmount(text: string): { micros: bigint } | { refused: Text } {
  if (/^-/.test(text)) return { refused: say('amount_negative') }
  if (/^\d+(\.\d+)?e[+-]?\d+$/i.test(text)) return { refused: say('amount_exponent') }
  const [, whole = '', fraction = ''] = /^(\d{1,40})(?:\.(\d{1,40}))?$/.exec(text) ?? []
  if (!whole) return { refused: say('amount') }
  if (fraction.length > PLACES) return { refused: say('amount_places', { places: PLACES }) }
  const micros = BigInt(whole) * MICROS + BigInt(fraction.padEnd(PLACES, '0'))
  return micros > AMOUNT_MAX_MICROS ? { refused: say('amount_too_large') } : { micros }
}
