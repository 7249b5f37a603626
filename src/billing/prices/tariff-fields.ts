import { sql } from 'drizzle-orm'
import { toAmount } from '../../values/money.ts'
import type { Tariff } from './tariff.ts'

/** A row with the time at which another takes over. */
export type Succeeded<Row> = Row & { validUntil: Date | null }

/** What the audit keeps of a price or cost: nothing that follows from other rows. */
export function ownFacts<View extends { valid_until: unknown }>({ valid_until, ...facts }: View) {
  return facts
}

/** The fields that prices and costs share, as the API shows them. */
export function presentTariff<Per extends string>(row: Succeeded<Tariff & { per: Per; createdAt: Date }>) {
  return {
    prefix: row.prefix,
    channel: row.channel,
    per: row.per,
    amount: toAmount(row.amountMicros),
    currency: row.currency,
    valid_from: row.validFrom.toISOString(),
    valid_until: row.validUntil?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  }
}

/** The columns of a change to a price or cost. */
export function changedTariff<Rest extends object>({
  amount: amountMicros,
  valid_from: validFrom,
  ...rest
}: Rest & { amount?: bigint | undefined; valid_from?: Date | undefined }) {
  return { ...rest, amountMicros, validFrom }
}

/** The columns of a new price or cost, in force at once unless it says otherwise. */
export function newTariff<Rest extends object>({
  amount: amountMicros,
  valid_from: validFrom,
  ...rest
}: Rest & { amount: bigint; valid_from?: Date | undefined }) {
  return { ...rest, amountMicros, validFrom: validFrom ?? sql`now()` }
}
