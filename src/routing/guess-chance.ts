import type { Channel } from '../channels/channels.ts'
import { poolOf } from '../channels/pool.ts'
import { isGuessable } from '../limits/chance.ts'
import type { Policy } from '../limits/schemas.ts'
import { codeLengthOf } from '../providers/code-length.ts'
import type { Account, Provider } from '../providers/provider.ts'

type Held = { provider: Provider; account: Pick<Account, 'settings' | 'credentials'> }

/** The pool of the flash calls of an account; null without one. */
export function flashPool({ provider, account }: Held) {
  const can = provider.capabilities(account.settings, account.credentials).channels.flash_call
  return can?.pool ? { pool: poolOf(can.pool.numbers, can.codeLength.min), can, lines: can.pool.lines } : null
}

/** How many different codes a channel of the account has; null without the channel or a code. */
function codesOf({ provider, account }: Held, channel: Channel) {
  const can = provider.capabilities(account.settings, account.credentials).channels[channel]
  const digits = can ? codeLengthOf(channel, can, account.settings) : 0
  if (!can || digits === 0) return null
  return can.pool ? poolOf(can.pool.numbers, digits).endings : 10 ** digits
}

/** The chance that one guess hits the code of a flash call; null without that channel. */
export function guessChance(routed: Held): number | null {
  const codes = codesOf(routed, 'flash_call')
  return codes === null ? null : 1 / codes
}

/** Whether the codes of a channel are numbers of the account. */
export const hasPool = ({ provider, account }: Held, channel: Channel): boolean =>
  provider.capabilities(account.settings, account.credentials).channels[channel]?.codeOrigin === 'pool'

/**
 * Whether the pool of the account has too few numbers for the guesses that the policy allows. Codes that are not of
 * a pool are as hard to guess as their length says, which the policy already counts.
 */
export const isPoolTooSmall = (held: Held, channel: Channel, policy: Policy): boolean =>
  hasPool(held, channel) && isGuessable(codesOf(held, channel) ?? 0, policy)
