import type { z } from 'zod'
import type { Channel, CodeOrigin, TextKind } from '../channels/channels.ts'
import type { Caller, CallerHint } from '../channels/hint.ts'
import type { ReachedStatus } from '../channels/reached.ts'
import type { GatewayAccess } from '../gateway/key.ts'
import { inWords, type Text, type Words } from '../words/text.ts'
import type { AccountForm } from './account-form.ts'
import type { Carrier } from './carrier.ts'

/**
 * What Ringproof needs from an operator. An adapter knows only its operator's protocol: no database, no
 * verbs, no retries. Adding one takes a folder and a line in the registry.
 */
export type Provider<Credentials = unknown, Settings = unknown> = {
  name: string
  /** Shape of `credentials`; removes pasted quotes and spaces. */
  credentials: z.ZodType<Credentials>
  /** Shape of `settings`, with defaults for all of them. Extends `commonSettings`. */
  settings: z.ZodType<Settings & CommonSettings>
  form: AccountForm
  defaultBaseUrl: string
  /** Of its prices, until a balance has told that of the account; absent: RUB. */
  currency?: string
  /** Of base URLs: `sip` for a trunk, `sip:trunk.example.net:5060;transport=udp`; absent: HTTP. */
  scheme?: 'sip'
  /** `credentials`: needed only for pools, whose numbers may be among them; a pool is empty without. */
  capabilities(settings: Settings & CommonSettings, credentials?: Credentials): Capabilities
  /** Requests one call or message. Sends at most one request and never throws: the outcome says what happened. */
  place(account: Account<Credentials, Settings>, call: CallRequest): Promise<PlaceOutcome>
  /** Polls a call once. */
  status(account: Account<Credentials, Settings>, call: PlacedCall): Promise<StatusOutcome>
  /** The operator's own records of calls: at least those of the queried span. Throws `ProviderFault`. */
  records(account: Account<Credentials, Settings>, query: RecordsQuery): Promise<OperatorRecords>
  /** Null: the operator has none, but would take calls. Throws `ProviderFault`. */
  balance(account: Account<Credentials, Settings>): Promise<OperatorBalance | null>
  /**
   * Stops ringing, for operators that can, and tells of the call like `status`. Asked in its place once nobody
   * waits for the code; harmless for a call that has ended.
   */
  hangUp?(account: Account<Credentials, Settings>, call: PlacedCall): Promise<StatusOutcome>
  /** A person has looked after the account: begins again what ended with a refusal. Throws `ProviderFault`. */
  restart?(account: Account<Credentials, Settings>): Promise<void>
  /**
   * For operators that have `inbound_call`: the caller whom their notice names (E.164); null if it names none that
   * can be read. `notice`: the parameters that the operator sent to the webhook.
   */
  callerOf?(notice: Readonly<Record<string, string>>): string | null
  /**
   * The numbers that the account owns (E.164), if the operator can say: they are compared with those of its
   * pools. Throws `ProviderFault`.
   */
  ownNumbers?(account: Account<Credentials, Settings>): Promise<readonly string[]>
  /** It bans our address after wrong credentials: accounts with the same base URL stop and start together. */
  stopShared?: boolean
  /** The operator documents no https: an http address is accepted in production too. */
  plainHttp?: boolean
  /** What its owner should know of an account that works; null: nothing. Never throws. */
  warning?(account: Account<Credentials, Settings>): Promise<Text | null>
  /** The sandbox's keys in the shape of `credentials`; one of them is `key` itself. */
  sandboxCredentials(keys: SandboxKeys): Record<string, string>
  /** The settings of simulated accounts, where the defaults do not do: the numbers of a pool. */
  sandboxSettings?: Readonly<Record<string, unknown>>
  /** Test calls to these phones go through this operator alone, and no others do. */
  sandboxPrefix?: string
  /** Where the sandbox simulates it (`SANDBOX_URL`), if that is not a path of the URL. */
  sandboxAddress?(sandboxUrl: string): string
}

/** A tenant's keys at the sandbox, 48 hexadecimal digits each: one identifies it, one signs requests. */
export type SandboxKeys = { key: string; signKey: string }

export type Capabilities = {
  /** The channels that the account has, and what it can do on each. */
  channels: Readonly<Partial<Record<Channel, ChannelCapabilities>>>
  /** What the account lacks for channels that the operator has, as the end of a field's text; absent: nothing. */
  needs?: Readonly<Partial<Record<Channel, Text>>>
  /** E.164 prefixes that the operator can call, e.g. `['+7']`; empty: all. */
  prefixes: string[]
  /** How long `place` may take at most, in milliseconds. */
  placeTimeoutMs: number
  /** False if the operator's records may omit unanswered calls: absence then proves nothing. */
  recordsAreComplete: boolean
  /** Whether the operator's records say what each call cost. */
  recordsTellPrices: boolean
}

export type ChannelCapabilities = {
  codeOrigin: CodeOrigin
  /**
   * How many digits the operator's codes have, or, of ours, it takes; zeros without a code. `codeLengthOf`
   * tells the length of the next one.
   */
  codeLength: { min: number; max: number }
  /** The lengths of codes that a client chose, at a door; absent: those above. */
  carries?: { min: number; max: number }
  /** Set exactly if `codeOrigin` is `pool`. */
  pool?: NumberPool
  /** Which of our texts the operator sends or speaks; absent: it writes its own. */
  text?: TextKind
  /** How long a placed call or message can stay open, in seconds. */
  callOpenSeconds: number
  /** How it counts if it is not final after `callOpenSeconds`. */
  silentOutcome: 'unknown' | 'no_answer' | 'not_called'
}

/**
 * Numbers to call from. `numbers`: numbers and ranges as `poolSettings` reads them; hand on the settings' own
 * array. `lines`: whether a number bears only one call at a time.
 */
export type NumberPool = { numbers: readonly string[]; lines: boolean }

export type CommonSettings = {
  /** Timeout of the whole request, in milliseconds; after it, it is unclear whether a call was placed. */
  request_timeout_ms: number
  /** The first and the longest pause between polls, in milliseconds; pauses grow by half each time. */
  poll_first_ms: number
  poll_max_ms: number
  /** When to search for a call whose answer was lost, in seconds after the loss. */
  adopt_after_seconds: number[]
  /** Calls in flight at once and calls a second (0.2: one in five seconds), across all workers; null: no limit. */
  max_in_flight: number | null
  max_per_second: number | null
  /** Rest the account while its operator fails. */
  breaker: boolean
  /** Move the account behind the next for a channel and prefix to which it no longer delivers. */
  reorder: boolean
  /** Digits of codes of our own; null: the default of each channel, as far as the operator takes it. */
  code_length: number | null
  /** The numbers that its calls come from, if known: `caller_hint` announces them. */
  caller: Caller | null
}

export type Account<Credentials = unknown, Settings = unknown> = {
  id: string
  baseUrl: string
  credentials: Credentials
  settings: Settings & CommonSettings
  /** Whether to connect to private addresses; see `http.ts`. */
  allowPrivateTargets: boolean
  /** Where calls over SIP are placed; null: the installation has no gateway. */
  gateway?: GatewayAccess | null
  /**
   * Whether the account is stopped at this moment: nothing may leave for it. Hand it to `send`, which asks
   * right before it writes.
   */
  isStopped(): boolean
}

/**
 * `attemptId`: names the call for operators that dial a name only once. `channel`: one that the account has.
 * `phone`: E.164. `code`: set exactly if the channel's `codeOrigin` is `ours`. `text`: what to send or speak, with the code in it; set exactly if the channel takes a `text`.
 * `callerId`: the number to call from (E.164), set exactly if `codeOrigin` is `pool`. No log, detail or error may
 * hold any of them. `webhook`: for an inbound call, where the operator may report that it came; null: nowhere.
 */
export type CallRequest = {
  attemptId?: string
  channel: Channel
  phone: string
  code: string | null
  text?: string | null
  webhook?: string | null
  callerId?: string
}

/** The number that the person calls (E.164), and until when. */
export type CallTo = { number: string; expiresAt: Date }

export type PlacedCall = { channel: Channel; phone: string; callId: string; placedAt: Date }

/** What became of a requested call. `detail`: for the audit; the operator's text without secrets. */
export type PlaceOutcome =
  | {
      kind: 'placed'
      callId: string | null
      /** The code that the operator sent, if it is not ours. */
      code: string | null
      callerHint: CallerHint | null
      /** Set exactly for an inbound call. */
      callTo?: CallTo
      /** The network of the phone, if the operator names it. */
      carrier?: Carrier | null
      /** The end of the call, if the answer already reports it (a synchronous call). */
      final: CallResult | null
      detail: string
    }
  /** Certainly no call. Another account may succeed (`final` false) or none can (`final` true). */
  | { kind: 'refused'; reason: RefusalReason; final: boolean; detail: string }
  /** The request was provably never sent: DNS, connection refused, TLS. */
  | { kind: 'not_sent'; detail: string }
  /** Anything else: the phone may be ringing. Never request this call again. */
  | {
      kind: 'unclear'
      detail: string
      /** The code, if the answer contains it all the same: the user may be able to type it. */
      code?: string
      /** The operator says that it reached another phone: whoever holds that one may know our code. */
      isOfAnother?: boolean
    }

/**
 * `unauthorized`: the credentials are wrong; `balance`: the account is empty; `limit`: the operator's own
 * limit for the phone or account; `invalid_phone`; `unavailable`: the operator says that it cannot call now;
 * `other`.
 */
export type RefusalReason = 'unauthorized' | 'balance' | 'limit' | 'invalid_phone' | 'unavailable' | 'other'

/** How a call to the phone, or a message, ended. */
export type CallStatus = Exclude<ReachedStatus, 'called'> | 'unreachable' | 'no_such_number' | 'unknown'

export type CallResult = {
  /** `called`, `not_called`: whether the phone called in time, for an inbound call. */
  status: CallStatus | 'called' | 'not_called'
  /** True if we inferred the outcome rather than the operator reporting it. */
  assumed: boolean
  /** In millionths of the account's currency; null if the operator did not report it. */
  costMicros: bigint | null
}

export type StatusOutcome =
  | { kind: 'open'; detail: string; carrier?: Carrier | null }
  /** A phone called the number of an inbound call. `by`: as the operator names it (E.164); null: it does not. */
  | { kind: 'called'; by: string | null; costMicros: bigint | null; detail: string }
  /**
   * `callerEnding`: the last digits of the number that the operator says a call came from. As secret as a code.
   * `carrier`: the network of the phone, if the operator names it.
   */
  | {
      kind: 'final'
      result: CallResult
      detail: string
      callerEnding?: string | null
      carrier?: Carrier | null
      /** The operator rejected the credentials. */
      reason?: 'unauthorized'
    }
  /**
   * The poll failed (fault, timeout, wrong signature): poll again later. `reason`: `unauthorized` if the
   * operator rejects the credentials.
   */
  | { kind: 'fault'; detail: string; reason?: ProviderFault['reason'] }

/**
 * `phone`: whose calls matter (E.164); null: all phones. Times are instants; adapters convert them to the
 * operator's days.
 */
export type RecordsQuery = { from: Date; to: Date; phone: string | null }

/**
 * Records as the operator keeps them, by its own clock and zone. `answeredAt`: the operator's clock when it
 * answered (`Date` header, whole seconds); null if unknown. `isWhole`: false if a record that may be of the
 * queried phone could not be read, so a missing call may still have been placed.
 */
export type OperatorRecords = { rows: OperatorRecord[]; answeredAt: Date | null; isWhole: boolean }

/** A row of the operator's own records. `row` identifies it among the operator's rows and contains no code. */
export type OperatorRecord = {
  row: string
  callId: string | null
  /** As written, in whole seconds. */
  at: Date
  /** Whether the operator wrote the zone; otherwise the adapter assumed one. */
  zoned: boolean
  phone: string
  /** The code, if the operator's records contain it. Hash it at once; never store it. */
  code: string | null
  /** The code is the end of the calling number: the code of a flash call, and of nothing else. */
  ofCaller?: true
  /** In the words of any channel if the operator does not write which one it was: read it with `statusOn`. */
  result: CallResult | null
  detail: string
}

export type OperatorBalance = {
  balanceMicros: bigint
  currency: string
  /** Below this the operator places no calls. */
  limitMicros: bigint
  /** The price of one call; null if the operator does not report it. */
  callPriceMicros: bigint | null
}

/**
 * The operator failed, or its answer is not reliable. `unauthorized`: it rejects the credentials, which stops
 * the account; `stopped`: the account is stopped, so nothing was sent.
 */
export class ProviderFault extends Error {
  readonly reason: 'unauthorized' | 'unreachable' | 'timeout' | 'bad_answer' | 'refused' | 'stopped'
  readonly words: Words
  /** `told`: our own text, or the operator's words without secrets. */
  constructor(reason: ProviderFault['reason'], told: Text | string, options?: ErrorOptions) {
    const words = typeof told === 'string' ? { said: told } : told
    super(inWords('en', words), options)
    this.name = 'ProviderFault'
    this.reason = reason
    this.words = words
  }
}
