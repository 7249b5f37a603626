import type { z } from 'zod'
import type { ReachedStatus } from '../values/statuses.ts'
import { inWords, type Text, type Words } from '../words/text.ts'

/**
 * What Ringproof asks of a telephone operator. An adapter knows its operator's wire and nothing else:
 * no database, no verbs, no retries. Adding one is a folder and a line in the registry.
 */
export type Provider<Credentials = unknown, Settings = unknown> = {
  name: string
  /** Shape of `credentials`; cleans what people paste (quotes, spaces). */
  credentials: z.ZodType<Credentials>
  /** Shape of `settings`, with defaults for all of them. Extends `commonSettings`. */
  settings: z.ZodType<Settings & CommonSettings>
  defaultBaseUrl: string
  capabilities(settings: Settings & CommonSettings): Capabilities
  /** Asks for one call. Sends at most one request, and never throws: what happened is in the outcome. */
  place(account: Account<Credentials, Settings>, call: CallRequest): Promise<PlaceOutcome>
  /** Asks once how a call stands. */
  status(account: Account<Credentials, Settings>, call: PlacedCall): Promise<StatusOutcome>
  /**
   * The operator's own records of calls: at least those of a span of time. Throws `ProviderFault`.
   */
  records(account: Account<Credentials, Settings>, query: RecordsQuery): Promise<OperatorRecords>
  /** Throws `ProviderFault`. */
  balance(account: Account<Credentials, Settings>): Promise<OperatorBalance>
  /** The sandbox's keys in the shape of `credentials`; one of them is `key` itself. */
  sandboxCredentials(keys: SandboxKeys): Record<string, string>
}

/** What stands for a tenant at the sandbox: 48 hexadecimal digits that name it, and as many to sign with. */
export type SandboxKeys = { key: string; signKey: string }

export type Capabilities = {
  /** `operator`: it chooses the code and tells us; `ours`: we choose it and send it along. */
  codeOrigin: 'operator' | 'ours'
  codeLength: number
  /** E.164 prefixes that the operator can call, e.g. `['+7']`; empty: all. */
  prefixes: string[]
  /** How long after placing a call can still be open, in seconds. */
  callOpenSeconds: number
  /** The longest that `place` may take, in milliseconds. */
  placeTimeoutMs: number
  /** False where the operator's records may leave out unanswered calls: absence then proves nothing. */
  recordsAreComplete: boolean
  /** Whether the operator's records say what each call cost. */
  recordsTellPrices: boolean
  /** When a call never becomes final: what it counts as once `callOpenSeconds` are over. */
  silentOutcome: 'unknown' | 'no_answer'
}

export type CommonSettings = {
  /** Whole request, in milliseconds; after it, whether a call was placed is unclear. */
  request_timeout_ms: number
  /** First pause between polls and the longest one, in milliseconds; pauses grow by half each time. */
  poll_first_ms: number
  poll_max_ms: number
  /** When to look for a call whose answer was lost, in seconds after the loss. */
  adopt_after_seconds: number[]
  /** Calls in flight at once and calls a second (0.2: one in five), over all workers; null: no limit. */
  max_in_flight: number | null
  max_per_second: number | null
  /** Rest the account while its operator fails. */
  breaker: boolean
  /** Move the account behind the next one for a prefix to which it stopped delivering. */
  reorder: boolean
}

export type Account<Credentials = unknown, Settings = unknown> = {
  id: string
  baseUrl: string
  credentials: Credentials
  settings: Settings & CommonSettings
  /** Decides which addresses may be connected to; see `http.ts`. */
  allowPrivateTargets: boolean
}

/** `phone` is E.164; `code` is given exactly when the provider's `codeOrigin` is `ours`. */
export type CallRequest = { phone: string; code: string | null }

export type PlacedCall = { phone: string; callId: string; placedAt: Date }

/** What became of asking for a call. `detail` is the operator's text without secrets, for the audit. */
export type PlaceOutcome =
  | {
      kind: 'placed'
      callId: string | null
      /** The code that the operator chose; null when it was ours. */
      code: string | null
      callerHint: CallerHint | null
      /** Where the answer to placing already tells the end (a synchronous call). */
      final: CallResult | null
      detail: string
    }
  /** Certainly no call, and another account may do better (`final` false) or no account can (`final` true). */
  | { kind: 'refused'; reason: RefusalReason; final: boolean; detail: string }
  /** The request provably never left: DNS, connection refused, TLS. */
  | { kind: 'not_sent'; detail: string }
  /** Anything else: perhaps the phone rings. Never to be asked for again. */
  | {
      kind: 'unclear'
      detail: string
      /** Told all the same, for this call: then a person who was called can type it. */
      code?: string
    }

/**
 * `unauthorized`: the credentials; `balance`: the operator account is empty; `limit`: the operator's own limit for the phone
 * or account; `invalid_phone`; `unavailable`: the operator answered that it cannot; `other`.
 */
export type RefusalReason = 'unauthorized' | 'balance' | 'limit' | 'invalid_phone' | 'unavailable' | 'other'

export type CallerHint = { prefix: string; length: number }

/** How a call ended. */
export type CallStatus = ReachedStatus | 'unreachable' | 'no_such_number' | 'unknown'

export type CallResult = {
  status: CallStatus
  /** True where the outcome is concluded and not reported. */
  assumed: boolean
  /** In millionths of the account's currency; null where the operator did not say. */
  costMicros: bigint | null
}

export type StatusOutcome =
  | { kind: 'open'; detail: string }
  | { kind: 'final'; result: CallResult; detail: string }
  /** The operator could not say (fault, time-out, wrong signature): ask again later. */
  | { kind: 'fault'; detail: string }

/** `phone`: whose calls matter (E.164); null: everybody's. Times are instants; adapters turn them into the operator's days. */
export type RecordsQuery = { from: Date; to: Date; phone: string | null }

/**
 * Records as the operator keeps them, by its clock and its idea of a zone. `answeredAt`: what its clock said when it answered
 * (`Date` header, whole seconds); null where it did not say. `isWhole`: false where a record that may be of the phone in question
 * could not be read: what is not among the others may still have been called.
 */
export type OperatorRecords = { rows: OperatorRecord[]; answeredAt: Date | null; isWhole: boolean }

/** A row of the operator's own records. `row` names it among the operator's rows and holds no code. */
export type OperatorRecord = {
  row: string
  callId: string | null
  /** As written, in whole seconds. */
  at: Date
  /** Whether the zone was written too; without it, the adapter took one for granted. */
  zoned: boolean
  phone: string
  /** Where the operator's records hold the code; to be hashed at once, never to be kept. */
  code: string | null
  result: CallResult | null
  detail: string
}

export type OperatorBalance = {
  balanceMicros: bigint
  currency: string
  /** Below this the operator places no calls. */
  limitMicros: bigint
  /** Price of one call where the operator says it. */
  callPriceMicros: bigint | null
}

/** The operator failed, or its answer cannot be believed. */
export class ProviderFault extends Error {
  readonly reason: 'unauthorized' | 'unreachable' | 'timeout' | 'bad_answer' | 'refused'
  readonly words: Words
  /** `told`: a text of ours, or the operator's own words without secrets. */
  constructor(reason: ProviderFault['reason'], told: Text | string, options?: ErrorOptions) {
    const words = typeof told === 'string' ? { said: told } : told
    super(inWords('en', words), options)
    this.name = 'ProviderFault'
    this.reason = reason
    this.words = words
  }
}
