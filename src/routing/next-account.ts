import type { Attempt } from '../verifications/draft.ts'
import type { Access } from './access.ts'
import type { RoutedAccount } from './routing.ts'

/**
 * The accounts that a round has not asked yet, in the order in which it should: that of the route; a later round begins
 * behind the account that was asked last, and comes back to the first after the last.
 */
export function accountsLeft(
  route: readonly RoutedAccount[],
  attempts: readonly Attempt[],
  round: number,
): RoutedAccount[] {
  const asked = attempts.filter((attempt) => attempt.accountId !== null)
  const before = asked.filter((attempt) => attempt.round < round).at(-1)
  const start = before ? route.findIndex(({ account }) => account.id === before.accountId) + 1 : 0
  const inThisRound = new Set(asked.filter((attempt) => attempt.round === round).map((a) => a.accountId))
  const order = [...route.slice(start), ...route.slice(0, start)]
  return order.filter(({ account }) => !inThisRound.has(account.id))
}

export type Choice =
  | { kind: 'use'; routed: RoutedAccount }
  /** Nothing is free at this moment, and it is worth waiting. */
  | { kind: 'wait' }
  /** No account is left, or none that can pay. */
  | { kind: 'none'; why: 'no_route' | 'all_asked' | 'no_balance' }

/**
 * The account for the next call of a round: the first that may be asked now. An account at its limit is waited for; one
 * that rests only as long as no other could be asked.
 */
export function chooseAccount(
  route: readonly RoutedAccount[],
  attempts: readonly Attempt[],
  round: number,
  access: Access,
): Choice {
  const left = accountsLeft(route, attempts, round)
  const admissions = left.map((routed) => access.check(routed))
  const free = left[admissions.indexOf('free')]
  if (free) return { kind: 'use', routed: free }
  if (route.length === 0) return { kind: 'none', why: 'no_route' }
  const askedBefore = left.length < route.length
  if (admissions.includes('busy') || (admissions.includes('resting') && !askedBefore)) return { kind: 'wait' }
  return { kind: 'none', why: askedBefore ? 'all_asked' : 'no_balance' }
}
