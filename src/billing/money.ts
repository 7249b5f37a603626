/** An amount as the API shows it. Inside, money is an integer of millionths in `bigint`. */
export type Money = { amount: string; currency: string }

const MICROS = 1_000_000n

/** `200000n` → `{ amount: "0.200000", currency }`. */
export function toMoney(micros: bigint, currency: string): Money {
  const absolute = micros < 0n ? -micros : micros
  const fraction = (absolute % MICROS).toString().padStart(6, '0')
  return { amount: `${micros < 0n ? '-' : ''}${absolute / MICROS}.${fraction}`, currency }
}
