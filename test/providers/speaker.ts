import type { PlacedCall } from '../../src/providers/provider.ts'
import type { Received, Reply } from './raw-operator.ts'

/** How a test speaks for one operator: the same questions to every operator, each in its own words. */
export type Speaker = {
  credentials: Record<string, string>
  code: string | null
  /** The code that an answer to placing tells, if it does. */
  answeredCode: string | null
  call: Omit<PlacedCall, 'placedAt'>
  /** A JSON text (or what claims to be one) as the operator would send it. */
  say(request: Received, body: string, status?: number): Reply
  placed: unknown
  refusal: (text: string) => unknown
  /** Refusals that say less than the documents promise. */
  bareRefusals: unknown[]
  unauthorized(request: Received): Reply
  /** The documented end of a call, by request path. */
  delivered: (request: Received) => unknown
  /** Members of that answer that decide nothing, as they come oddly. */
  undecided: Record<string, unknown>
  open: (request: Received) => unknown
  /** A call that is neither delivered nor known, in words of the operator's own. */
  inWords: (request: Received, words: string) => unknown
  balance: unknown
  records: (at: Date) => unknown
}
