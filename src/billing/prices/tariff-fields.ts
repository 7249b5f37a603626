import { sql } from 'drizzle-orm'
import { toAmount } from '../../values/money.ts'
import type { Tariff } from './tariff.ts'

/** The fields that prices and costs share, as the API shows them. */
export function presentTariff<Per extends string>(row: Tariff & { per: Per; createdAt: Date }) {
  return {
    prefix: row.prefix,
    channel: row.channel,
    per: row.per,
    amount: toAmount(row.amountMicros),
    currency: row.currency,
    valid_from: row.validFrom.toISOString(),
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
