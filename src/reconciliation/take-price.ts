import { noteCost } from '../billing/cost.ts'
import { author, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import type { OwnCall, Pair } from './match.ts'

/**
 * Whether a call came in without a price: its operator named none, and none was listed. The price in the operator's
 * record is then the first that we hear of, not a difference.
 */
export const lacksPrice = ({ status, costMicros, costCurrency }: OwnCall): boolean =>
  status === 'called' && costMicros === null && costCurrency === null

/** Notes and posts the price in the operator's record as the cost of such a call. */
export async function takePrice(
  context: Context,
  { call: { id, verificationId }, record }: Pair,
): Promise<void> {
  await change(context, {
    verificationId,
    owner: null,
    author: author(context),
    needs: ['costs'],
    decide(draft) {
      const attempt = draft.attempts.find((other) => other.id === id)
      if (attempt?.status !== 'called' || attempt.costMicros !== null) return
      attempt.costMicros = record.result?.costMicros ?? null
      noteCost(draft, attempt)
    },
  })
}
