import type { accountRatios } from '../db/schema/account-health.ts'

export type AccountRatio = typeof accountRatios.$inferSelect

/** How many of `calls` went well. */
export type Tally = { calls: number; well: number }

/** Weight of the newest call. */
const WEIGHT = 0.1
/** Fewer calls say nothing. */
const DELIVERED_CALLS = 10
const APPROVED_CALLS = 20
/** Below the first rates an account moves behind the next; at the second it moves back. */
const DEMOTE = { delivered: 0.3, approved: 0.1 }
const RESTORE = { delivered: 0.5, approved: 0.15 }

/**
 * The prefix that stands for a phone's network: the number without its last seven digits (`+79243555100` →
 * `+7924`), in most countries the country and operator codes.
 */
export function networkPrefix(phone: string): string {
  return phone.slice(0, Math.max(4, phone.length - 7))
}

/** Adds calls to the exponentially weighted rates and moves the account behind the next, or back. */
export function noteTallies(
  ratio: AccountRatio,
  { delivered, approved }: { delivered: Tally; approved: Tally },
  now: Date,
): 'demoted' | 'restored' | null {
  ratio.delivered = weigh(ratio.delivered, delivered)
  ratio.deliveredCalls += delivered.calls
  ratio.approved = weigh(ratio.approved, approved)
  ratio.approvedCalls += approved.calls
  ratio.updatedAt = now
  if (ratio.demotedAt) {
    if (ratio.delivered < RESTORE.delivered || ratio.approved < RESTORE.approved) return null
    ratio.demotedAt = null
    return 'restored'
  }
  const bad =
    (ratio.deliveredCalls >= DELIVERED_CALLS && ratio.delivered < DEMOTE.delivered) ||
    (ratio.approvedCalls >= APPROVED_CALLS && ratio.approved < DEMOTE.approved)
  if (!bad) return null
  ratio.demotedAt = now
  return 'demoted'
}

function weigh(share: number, { calls, well }: Tally): number {
  if (calls === 0) return share
  const kept = (1 - WEIGHT) ** calls
  return share * kept + (well / calls) * (1 - kept)
}
