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
    /** The reply to the INVITE, from some version of 20 on; absent after a normal end. */
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
      return ['PROGRESS', 'PROCEEDING'].includes(data.dialstatus)
        ? { id: data.peer.id, kind: 'progress' }
        : null
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

/** Where only a cause is told: a reply that means no more than it. 401, 403, 407 and 603 are told apart no longer. */
const REPLY_FOR: Record<number, number> = {
  1: 404,
  3: 503,
  17: 486,
  18: 480,
  19: 480,
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

/** How a channel ended. `wantsEnd`: we hung up. A cause of the network’s own is told beside the reply. */
export function endOf(cause: number, techCause: number | null, wantsEnd: boolean): Heard {
  if (techCause !== null && techCause >= 300 && techCause < 700) {
    const q850 = cause > 0 && cause !== derivedFrom(techCause) ? cause : null
    return { kind: 'final', status: techCause, q850 }
  }
  if (wantsEnd) return { kind: 'final', status: 487, q850: null }
  const status = REPLY_FOR[cause]
  return status === undefined ? { kind: 'lost' } : { kind: 'final', status, q850: null }
}

/** What a CDR says. “NO ANSWER” leaves open whether the phone rang, and so what became of the call. */
export function endOfRecord(disposition: string): Heard {
  const status = { ANSWERED: 200, BUSY: 486, CONGESTION: 503, FAILED: 480 }[disposition]
  return status === undefined ? { kind: 'lost' } : { kind: 'final', status, q850: null }
}
