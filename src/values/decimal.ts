import { PLACES } from './money.ts'

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i

/**
 * Reads an operator's decimal number as millionths; null if the text is not one. Only this function rounds
 * money: exact to six places, it rounds the rest half away from zero.
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

/** For positive numbers. */
function divideRounding(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor)
}
