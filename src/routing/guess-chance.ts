import type { Channel } from '../channels/channels.ts'
import { poolOf } from '../channels/pool.ts'
import { isGuessable } from '../limits/chance.ts'
import type { Policy } from '../limits/schemas.ts'
import { codeLengthOf } from '../providers/code-length.ts'
import type { Account, Capabilities, Provider } from '../providers/provider.ts'

/** `can`: what the account can do, if that is known already. */
type Held = { provider: Provider; account: Pick<Account, 'settings' | 'credentials'>; can?: Capabilities }

/** What an account can do. */
const capabilitiesOf = ({ provider, account, can }: Held): Capabilities =>
  can ?? provider.capabilities(account.settings, account.credentials)

/** The pool of the flash calls of an account; null without one. */
export function flashPool(held: Held) {
  const can = capabilitiesOf(held).channels.flash_call
  return can?.pool ? { pool: poolOf(can.pool.numbers, can.codeLength.min), can, lines: can.pool.lines } : null
}

/** How many different codes a channel of the account has; null without the channel or a code. */
function codesOf(held: Held, channel: Channel) {
  const can = capabilitiesOf(held).channels[channel]
  const digits = can ? codeLengthOf(channel, can, held.account.settings) : 0
  if (!can || digits === 0) return null
  return can.pool ? poolOf(can.pool.numbers, digits).endings : 10 ** digits
}

/** The chance that one guess hits the code of a flash call; null without that channel. */
export function guessChance(routed: Held): number | null {
  const codes = codesOf(routed, 'flash_call')
  return codes === null ? null : 1 / codes
}

/** Whether the codes of a channel are numbers of the account. */
export const hasPool = (held: Held, channel: Channel): boolean =>
  capabilitiesOf(held).channels[channel]?.codeOrigin === 'pool'

/**
 * Whether the pool of the account has too few numbers for the guesses that the policy allows. Codes that are not of
 * a pool are as hard to guess as their length says, which the policy already counts.
 */
export const isPoolTooSmall = (held: Held, channel: Channel, policy: Policy): boolean =>
  hasPool(held, channel) && isGuessable(codesOf(held, channel) ?? 0, policy)
