import type {
  Account,
  CallRequest,
  CallStatus,
  PlacedCall,
  RefusalReason,
} from '../../src/providers/provider.ts'
import type { Received, Reply } from './raw-operator.ts'

/** Answers for one operator and channel: the same tests run against every operator, each in its own protocol. */
export type Speaker = {
  /**
   * For operators that are called through our own gateway, which then listens at the URL of a test, writes as agreed
   * and may have a private address: the account's part about its trunk, on `host`. `url`: that of the test.
   */
  trunk?: (host: string, url: string) => Pick<Account, 'baseUrl'> & { settings?: Record<string, unknown> }
  credentials: Record<string, unknown>
  /** Settings of the account, if the channel needs any. */
  settings?: Record<string, unknown>
  code: string | null
  /** The number to call from, if we choose it. */
  callerId?: string | undefined
  /** Our text, if the operator takes one. */
  text?: string
  /** The code in the answer to placing, if the operator sends one. */
  answeredCode: string | null
  call: Omit<PlacedCall, 'placedAt'>
  /** The status that the documented end of a call means. */
  reached: CallStatus | 'called'
  /** The code in the operator's records, if they contain it. */
  recordedCode: string | null
  /** A body, JSON or not, as the operator would send it. */
  say(request: Received, body: string, status?: number): Reply
  placed: unknown
  refusal: (text: string) => unknown
  /** Texts for `refusal`, and what they mean, if the operator has words of its own for them. */
  reasons?: readonly (readonly [text: string, reason: RefusalReason])[]
  /** Refusals with less than the documents promise. */
  bareRefusals: unknown[]
  unauthorized(request: Received): Reply
  /** Whether a 403 rejects our address, and not only a request. */
  forbidsAddress?: true
  /** The documented end of a call, by request path. */
  delivered: (request: Received) => unknown
  /** Odd values for members of that answer that decide nothing. */
  undecided: Record<string, unknown>
  /** Whether a status names no phone, so that another call cannot be told by it. */
  namesNoPhone?: true
  open: (request: Received) => unknown
  /** A call with no known end, in the operator's words. */
  inWords: (request: Received, words: string) => unknown
  /** An answer, or one by request. */
  balance: unknown
  /** By default roubles; null: the operator tells no balance, only whether it takes calls. */
  currency?: string | null
  records: (at: Date, request: Received) => unknown
}

/** The request for the documented call. */
export const requestOf = ({
  call: { channel, phone, callId },
  code,
  text,
  callerId,
}: Speaker): CallRequest => ({
  attemptId: callId,
  channel,
  phone,
  code,
  text: text ?? null,
  ...(callerId && { callerId }),
})
