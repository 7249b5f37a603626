import type { Attempt } from '../draft/rows.ts'
import type { Access, Admission } from './access.ts'
import type { RoutedAccount } from './routing.ts'

/**
 * The accounts that a round has not asked yet, in the order to ask them. The first round follows the route; a
 * later round starts after the account that its channel asked last and wraps around.
 */
export function accountsLeft(
  route: readonly RoutedAccount[],
  attempts: readonly Attempt[],
  { round, channel }: Pick<Attempt, 'round' | 'channel'>,
): RoutedAccount[] {
  const asked = attempts.filter((attempt) => attempt.accountId !== null && attempt.channel === channel)
  const before = asked.filter((attempt) => attempt.round < round).at(-1)
  const start = before ? route.findIndex(({ account }) => account.id === before.accountId) + 1 : 0
  const inThisRound = new Set(asked.filter((attempt) => attempt.round === round).map((a) => a.accountId))
  const order = [...route.slice(start), ...route.slice(0, start)]
  return order.filter(({ account }) => !inThisRound.has(account.id))
}

/** An account that could not be asked, and why. `until`: when a resting account is tried again. */
export type HeldBack = { id: string; name: string; why: Exclude<Admission, 'free'>; until: Date | null }

export type Choice =
  | { kind: 'use'; routed: RoutedAccount }
  /** No account is free, but waiting is worthwhile. `isAtLimit`: for a healthy account at its limit. */
  | { kind: 'wait'; isAtLimit: boolean }
  /** No account can be asked. */
  | { kind: 'none'; heldBack: HeldBack[] }

/**
 * The account for the next call of a round: the first that may be asked now. `until`: how long to wait for a
 * resting account and for an account at its limit.
 */
export function chooseAccount(
  route: readonly RoutedAccount[],
  attempts: readonly Attempt[],
  next: Pick<Attempt, 'round' | 'channel'>,
  access: Access,
  until: { resting: Date; atLimit: Date },
): Choice {
  const heldBack: HeldBack[] = []
  for (const routed of accountsLeft(route, attempts, next)) {
    const why = access.check(routed)
    if (why === 'free') return { kind: 'use', routed }
    const rests = why === 'resting' ? access.restsUntil(routed) : null
    heldBack.push({ id: routed.account.id, name: routed.name, why, until: rests })
  }
  const { now } = access
  if (now < until.atLimit && heldBack.some(({ why }) => why === 'at_limit'))
    return { kind: 'wait', isAtLimit: true }
  const comesBack = heldBack.some((held) => held.until !== null && held.until <= until.resting)
  return now < until.resting && comesBack ? { kind: 'wait', isAtLimit: false } : { kind: 'none', heldBack }
}
