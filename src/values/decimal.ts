import { PLACES } from './money.ts'

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i

/**
 * The one place where money is rounded: a decimal number, as an operator wrote it, in millionths. Exact to the sixth place; what
 * lies beyond is rounded to the nearest millionth, halves away from zero. Null for anything that is no decimal number.
 */
export function roundToMicros(text: string): bigint | null {
  const match = DECIMAL.exec(text)
  if (!match) return null
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const digits = BigInt(whole + fraction)
  const shift = PLACES - fraction.length + Number(exponent)
  const micros = shift >= 0 ? digits * 10n ** BigInt(shift) : divideRounding(digits, 10n ** BigInt(-shift))
  return sign ? -micros : micros
}

/** Of positive numbers. */
function divideRounding(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor)
}
