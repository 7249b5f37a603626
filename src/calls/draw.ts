import { poolOf } from '../channels/pool.ts'
import type { Draft } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import type { Admission } from '../routing/access.ts'
import type { RoutedAccount } from '../routing/routing.ts'
import type { Secrets } from '../secrets.ts'
import { comparable, liveCodes, rightCode } from '../verifications/code.ts'

/** Draws numbers for one claim, at most one for each account. A number exists only in memory. */
export type Numbers = {
  /** Whether the account may place the call, with a number drawn from its pool if it has one. */
  check(routed: RoutedAccount): Admission
  /** The drawn number (E.164); null without a pool. */
  of(routed: RoutedAccount): string | null
}

/**
 * Numbers that end with `bound`, the code that the call must carry, if there is one; an account that cannot carry it
 * is passed over. Otherwise numbers whose last digits are neither a code of the verification, live or not, nor the end of its phone, and that
 * bear no other call.
 */
export function drawNumbers(
  draft: Draft<'access'>,
  { channel }: Pick<Attempt, 'channel'>,
  secrets: Secrets,
  bound: string | null = null,
): Numbers {
  const drawn = new Map<string, string>()
  const { access, verification } = draft
  const isUsed = (ending: string) => (bound === null ? isTaken(ending) : ending !== bound)
  const isTaken = (ending: string) =>
    verification.phone.endsWith(ending) ||
    rightCode(draft, ending, comparable(liveCodes(draft), ending), secrets) !== null ||
    secrets
      .codeHashes(verification.id, ending)
      .some((hash) => draft.attempts.some(({ codeHash }) => codeHash?.equals(hash)))

  return {
    check(routed) {
      if (bound !== null && !canCarry(routed, channel, bound)) return 'other_code'
      const admission = access.check(routed)
      const pool = admission === 'free' ? poolOn(routed, channel) : null
      if (!pool) return admission
      const isBusy = (number: string) => pool.lines && access.isBusy(routed, number)
      const number = pool.draw({ used: isUsed, busy: isBusy })
      if (number === 'used_up') return 'no_number'
      if (number === 'busy') return 'at_limit'
      drawn.set(routed.account.id, number)
      return 'free'
    },
    of: ({ account }) => drawn.get(account.id) ?? null,
  }
}

/** Whether a call of the account can have this code: one that we may choose. True for a channel without codes. */
export function canCarry(
  routed: Pick<RoutedAccount, 'provider' | 'account'>,
  channel: Attempt['channel'],
  code: string,
): boolean {
  const { provider, account } = routed
  const can = provider.capabilities(account.settings, account.credentials).channels[channel]
  const pool = poolOn(routed, channel)
  if (pool) return pool.draw({ used: (ending) => ending !== code, busy: () => false }) !== 'used_up'
  if (can?.codeOrigin === 'ours') {
    const { min, max } = can.carries ?? can.codeLength
    return code.length >= min && code.length <= max
  }
  return can?.codeOrigin === 'none'
}

/** The pool of a channel of the account; null without one. */
export function poolOn(
  { provider, account }: Pick<RoutedAccount, 'provider' | 'account'>,
  channel: Attempt['channel'],
) {
  const can = provider.capabilities(account.settings, account.credentials).channels[channel]
  return can?.pool ? { ...poolOf(can.pool.numbers, can.codeLength.min), lines: can.pool.lines } : null
}
