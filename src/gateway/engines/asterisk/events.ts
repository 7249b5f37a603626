import { z } from 'zod'
import type { Heard } from '../engine.ts'

/** What the events of ARI mean (Asterisk 20 and later, “Asterisk REST Data Models”). */

const channel = z.object({ id: z.string(), state: z.string() })
const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ChannelStateChange'), channel }),
  z.object({ type: z.literal('StasisStart'), channel }),
  z.object({ type: z.literal('Dial'), peer: channel, dialstatus: z.string() }),
  z.object({
    type: z.literal('ChannelDestroyed'),
    channel,
    /** Q.850; where the network told none, Asterisk derives one from the reply. */
    cause: z.number(),
    /** The last reply to the INVITE, or one that Asterisk made up; since late 2025, and only after a failure. */
    tech_cause: z.number().optional(),
  }),
])

/** `state`: of the channel, now. `end`: it is over. */
export type ChannelNews =
  | { id: string; kind: 'state'; state: string }
  | { id: string; kind: 'progress' }
  | { id: string; kind: 'end'; cause: number; techCause: number | null }

/** Null: an event that says nothing of a call, or that cannot be read. */
export function readEvent(text: string): ChannelNews | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const { data } = event.safeParse(json)
  switch (data?.type) {
    case 'ChannelStateChange':
      return { id: data.channel.id, kind: 'state', state: data.channel.state }
    case 'StasisStart':
      return { id: data.channel.id, kind: 'state', state: 'Up' }
    case 'ChannelDestroyed':
      return {
        id: data.channel.id,
        kind: 'end',
        cause: data.cause,
        techCause: data.tech_cause ?? null,
      }
    case 'Dial':
      if (data.dialstatus === 'RINGING') return { id: data.peer.id, kind: 'state', state: 'Ringing' }
      return data.dialstatus === 'PROGRESS' ? { id: data.peer.id, kind: 'progress' } : null
    default:
      return null
  }
}

/** The causes that Asterisk itself derives from replies (`hangup_sip2cause` in channels/chan_pjsip.c). */
const DERIVED: Record<number, number> = {
  401: 21,
  403: 21,
  404: 1,
  407: 21,
  408: 18,
  409: 41,
  410: 22,
  420: 3,
  480: 19,
  483: 19,
  484: 28,
  485: 1,
  486: 17,
  488: 58,
  500: 38,
  501: 29,
  502: 27,
  503: 34,
  504: 102,
  600: 17,
  603: 21,
  604: 1,
  606: 58,
}
const INTERWORKING = 127
const CONGESTION = 42
const derivedFrom = (status: number) =>
  DERIVED[status] ?? (status >= 500 && status < 600 ? CONGESTION : INTERWORKING)

/**
 * Where only a cause is told: a reply that means no more than it. 401, 403, 407 and 603 are told apart no longer. 18
 * and 19 are missing: Asterisk sets them for its own timeouts as well.
 */
const REPLY_FOR: Record<number, number> = {
  1: 404,
  3: 503,
  17: 486,
  20: 480,
  21: 603,
  22: 404,
  28: 404,
  34: 503,
  38: 500,
  41: 503,
  42: 503,
  58: 488,
}

/** Asterisk also makes these up: 408 when no reply came in time, 487 for a call that it cancelled itself. */
const MADE_UP = new Set([408, 487])

/** `wantsEnd`: we hung up. `isHeard`: the trunk gave a sign of the call. `isMissed`: some events were not received. */
export type Watched = { wantsEnd: boolean; isHeard: boolean; isMissed: boolean }

/**
 * How a channel ended. A cause of the network’s own is told beside the reply. Lost, hence `unknown`: an end that does
 * not prove that the trunk replied, since a phone may ring at a trunk that is silent towards us.
 */
export function endOf(cause: number, techCause: number | null, watched: Watched): Heard {
  const isReply = techCause !== null && techCause >= 300 && techCause < 700
  const status = isReply ? techCause : watched.wantsEnd ? 487 : REPLY_FOR[cause]
  const isProven = watched.isHeard || !(watched.isMissed || MADE_UP.has(status ?? 0))
  if (status === undefined || !isProven) return { kind: 'lost' }
  const q850 = isReply && cause > 0 && cause !== derivedFrom(status) ? cause : null
  return { kind: 'final', status, q850 }
}
