/** One line of a list of prices or costs. */
export type Tariff = {
  prefix: string
  channel: string
  currency: string
  amountMicros: bigint
  validFrom: Date
}

export type Tariffs<T extends Tariff> = ReadonlyMap<string, readonly T[]>

const keyOf = (channel: string, prefix: string) => `${channel} ${prefix}`

/** Indexes tariffs, so that a lookup takes at most one step per digit of the phone. */
export function arrange<T extends Tariff>(rows: readonly T[]): Tariffs<T> {
  const newestFirst = [...rows].sort((a, b) => b.validFrom.getTime() - a.validFrom.getTime())
  return Map.groupBy(newestFirst, ({ channel, prefix }) => keyOf(channel, prefix))
}

/** The tariff of a call: the newest one in effect for the longest matching prefix. `currency` null: any. */
export function lookUp<T extends Tariff>(
  tariffs: Tariffs<T>,
  call: { channel: string; phone: string; currency: string | null },
  now: Date,
): T | null {
  if (tariffs.size === 0) return null
  for (let length = call.phone.length; length > 0; length--) {
    const found = tariffs
      .get(keyOf(call.channel, call.phone.slice(0, length)))
      ?.find((row) => row.validFrom <= now && (call.currency === null || row.currency === call.currency))
    if (found) return found
  }
  return null
}
