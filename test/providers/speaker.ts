import type { CallRequest, CallStatus, PlacedCall } from '../../src/providers/provider.ts'
import type { Received, Reply } from './raw-operator.ts'

/** Answers for one operator and channel: the same tests run against every operator, each in its own protocol. */
export type Speaker = {
  credentials: Record<string, string>
  settings?: Record<string, unknown>
  /** The number to call from, if the account has a pool. */
  callerId?: string
  code: string | null
  /** The code in the answer to placing, if the operator sends one. */
  answeredCode: string | null
  call: Omit<PlacedCall, 'placedAt'>
  /** The status that the documented end of a call means. */
  reached: CallStatus
  /** The code in the operator's records, if they contain it. */
  recordedCode: string | null
  /** A body, JSON or not, as the operator would send it. */
  say(request: Received, body: string, status?: number): Reply
  placed: unknown
  refusal: (text: string) => unknown
  /** Refusals with less than the documents promise. */
  bareRefusals: unknown[]
  unauthorized(request: Received): Reply
  /** The documented end of a call, by request path. */
  delivered: (request: Received) => unknown
  /** Odd values for members of that answer that decide nothing. */
  undecided: Record<string, unknown>
  open: (request: Received) => unknown
  /** A call with no known end, in the operator's words. */
  inWords: (request: Received, words: string) => unknown
  balance: unknown
  records: (at: Date) => unknown
}

/** The request for the documented call. */
export const requestOf = ({ call: { channel, phone }, code, callerId }: Speaker): CallRequest => ({
  channel,
  phone,
  code,
  ...(callerId ? { callerId } : {}),
})
