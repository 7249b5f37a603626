import type { Attempt } from '../verifications/draft.ts'
import type { RoutedAccount } from './routing.ts'

/**
 * The account for the next call of a round: the first of the route that was not asked in this round; a later round
 * begins behind the account that was asked last, and comes back to the first after the last. Null when all were asked.
 */
export function nextAccount(
  route: readonly RoutedAccount[],
  attempts: readonly Attempt[],
  round: number,
): RoutedAccount | null {
  const asked = attempts.filter((attempt) => attempt.accountId !== null)
  const before = asked.filter((attempt) => attempt.round < round).at(-1)
  const start = before ? route.findIndex(({ account }) => account.id === before.accountId) + 1 : 0
  const inThisRound = new Set(asked.filter((attempt) => attempt.round === round).map((a) => a.accountId))
  const order = [...route.slice(start), ...route.slice(0, start)]
  return order.find(({ account }) => !inThisRound.has(account.id)) ?? null
}
