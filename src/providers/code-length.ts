import { CHANNEL_FACTS, type Channel } from '../channels/channels.ts'
import type { ChannelCapabilities, CommonSettings } from './provider.ts'

/**
 * How many digits the next code of a channel has at an account: if it is ours, the account's `code_length`,
 * else the channel's default, within what the operator takes. 0 without a code.
 */
export function codeLengthOf(
  channel: Channel,
  { codeOrigin, codeLength: { min, max } }: ChannelCapabilities,
  { code_length }: CommonSettings,
): number {
  const wanted = codeOrigin === 'ours' ? (code_length ?? CHANNEL_FACTS[channel].codeLength.default) : min
  return Math.min(max, Math.max(min, wanted))
}
