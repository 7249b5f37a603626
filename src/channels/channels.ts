/** How an attempt reaches the phone. */
export const CHANNELS = ['flash_call', 'voice', 'sms', 'telegram', 'inbound_call'] as const
export type Channel = (typeof CHANNELS)[number]

/** A step of a workflow: how to reach the phone, and how long to wait before the next step, in seconds. */
export type Step = { channel: Channel; wait_seconds: number }

/**
 * Who makes the code. `operator`: it tells the code with its answer; `ours`: any digits, which we send;
 * `pool`: the last digits of a number of the account, which we choose for each call; `none`: there is no code,
 * and the operator reports that the phone called.
 */
export type CodeOrigin = 'operator' | 'ours' | 'pool' | 'none'

/** The texts that a tenant can write: of messages, and of what a voice says. */
export const TEXT_KINDS = ['sms', 'voice'] as const
export type TextKind = (typeof TEXT_KINDS)[number]

/** What holds for a channel at every operator. */
export type ChannelFacts = {
  codeOrigins: readonly CodeOrigin[]
  /** Digits of the code, at least and at most, and of a code of ours by default; zeros without a code. */
  codeLength: { min: number; default: number; max: number }
  /** Whether the phone shows a calling number that `caller_hint` can announce. */
  showsCaller: boolean
  /** Whether something is sent to the phone. Otherwise a lost answer can call nobody twice. */
  reachesOut: boolean
}

const CODE_LENGTH = { min: 4, max: 8 }
/** Four digits of a calling number are easy to find; a text or voice can hold a code that is hard to guess. */
const IN_NUMBER = { ...CODE_LENGTH, default: 4 }
const IN_TEXT = { ...CODE_LENGTH, default: 6 }

/** To add a channel, add a line here and in `reached.ts`, and the channel to the providers that have it. */
export const CHANNEL_FACTS: Readonly<Record<Channel, ChannelFacts>> = {
  flash_call: {
    codeOrigins: ['operator', 'ours', 'pool'],
    codeLength: IN_NUMBER,
    showsCaller: true,
    reachesOut: true,
  },
  voice: { codeOrigins: ['ours'], codeLength: IN_TEXT, showsCaller: true, reachesOut: true },
  sms: { codeOrigins: ['ours'], codeLength: IN_TEXT, showsCaller: false, reachesOut: true },
  telegram: { codeOrigins: ['ours'], codeLength: IN_TEXT, showsCaller: false, reachesOut: true },
  inbound_call: {
    codeOrigins: ['none'],
    codeLength: { min: 0, default: 0, max: 0 },
    showsCaller: false,
    reachesOut: false,
  },
}
