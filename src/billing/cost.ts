import { hasReached } from '../channels/reached.ts'
import type { Draft } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { newPosting } from './posting.ts'

/** Records the cost of an ended call: the operator's figure, else the account's listed cost. */
export function noteCost(draft: Draft<'costs'>, attempt: Attempt): void {
  const { costs, verification, now } = draft
  // With a currency, the cost is already recorded, as for an unknown call that is closed later.
  if (!attempt.accountId || attempt.placedAt === null || attempt.costCurrency !== null) return
  if (attempt.costMicros !== null) {
    attempt.costCurrency = costs.currencyOf(attempt.accountId)
  } else {
    const { channel } = attempt
    const listed = costs.of(attempt.accountId, { phone: verification.phone, channel }, attempt.placedAt)
    if (!listed) return
    const due = listed.per === 'attempt' || hasReached(channel, attempt.status)
    attempt.costMicros = due ? listed.amountMicros : 0n
    attempt.costCurrency = listed.currency
  }
  if (!verification.livemode || !attempt.costMicros || !attempt.costCurrency) return
  draft.postings.push(
    newPosting(
      {
        ownerId: attempt.accountId,
        from: 'operator_cost',
        to: 'operator_payable',
        amountMicros: attempt.costMicros,
        currency: attempt.costCurrency,
        kind: 'cost',
        actor: draft.author.actor,
        at: now,
      },
      { verificationId: verification.id, attemptId: attempt.id },
    ),
  )
}
