/** An amount as the API shows it. Inside, money is an integer of millionths in `bigint`. */
export type Money = { amount: string; currency: string }

/** Money is kept to this many decimal places. */
export const PLACES = 6
export const MICROS = 10n ** BigInt(PLACES)
/** 10¹² of the currency. */
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

/** An amount in a request, `"0.35"`, in millionths: never rounded, but refused with the reason as text. */
export function parseAmount(text: string): { micros: bigint } | { refused: string } {
  if (/^-/.test(text)) return { refused: 'must not be negative' }
  if (/^\d+(\.\d+)?e[+-]?\d+$/i.test(text)) return { refused: 'must not have an exponent' }
  const [, whole = '', fraction = ''] = /^(\d{1,40})(?:\.(\d{1,40}))?$/.exec(text) ?? []
  if (!whole) return { refused: 'must be a decimal string such as "1000" or "0.35"' }
  if (fraction.length > PLACES) return { refused: 'must have at most six decimal places' }
  const micros = BigInt(whole) * MICROS + BigInt(fraction.padEnd(PLACES, '0'))
  return micros > AMOUNT_MAX_MICROS ? { refused: 'must be at most 1000000000000 (10¹²)' } : { micros }
}
