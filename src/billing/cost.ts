import type { Draft } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { hasReached } from '../values/statuses.ts'
import { newPosting } from './posting.ts'

/** Notes what an ended call costs the installation: the operator's own figure, else that of the account's list. */
export function noteCost(draft: Draft<'costs'>, attempt: Attempt): void {
  const { costs, verification, now } = draft
  // A currency says that the cost was noted before: an unknown call that was closed later has it already.
  if (!attempt.accountId || attempt.placedAt === null || attempt.costCurrency !== null) return
  if (attempt.costMicros !== null) {
    attempt.costCurrency = costs.currencyOf(attempt.accountId)
  } else {
    const { phone, channel } = verification
    const listed = costs.of(attempt.accountId, { phone, channel }, attempt.placedAt)
    if (!listed) return
    const due = listed.per === 'attempt' || hasReached(attempt.channel, attempt.status)
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
      { attemptId: attempt.id },
    ),
  )
}
