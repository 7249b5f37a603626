import type { ErrorCode } from './types.ts'

/** What an error is made of. Members of the problem document that have no field here are in `problem`. */
export type Failure = {
  status: number
  code: string
  detail: string
  requestId?: string | null
  retryAfterSeconds?: number | null
  problem?: Readonly<Record<string, unknown>>
  cause?: unknown
}

/** Everything that this package throws. Errors of the API that have no class of their own are of this one. */
export class RingproofError extends Error {
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number
  /** The reason, for programs; see `/docs/errors` of your installation. */
  readonly code: ErrorCode | (string & {})
  /** What is wrong, in a sentence. Not for users. */
  readonly detail: string
  /** Finds the request in the logs of Ringproof. */
  readonly requestId: string | null
  /** When the request may succeed; null if the answer does not say. */
  readonly retryAfterSeconds: number | null
  /** The whole problem document. */
  readonly problem: Readonly<Record<string, unknown>>

  constructor(failure: Failure) {
    super(`${failure.code}: ${failure.detail}`, { cause: failure.cause })
    this.name = new.target.name
    this.status = failure.status
    this.code = failure.code
    this.detail = failure.detail
    this.requestId = failure.requestId ?? null
    this.retryAfterSeconds = failure.retryAfterSeconds ?? null
    this.problem = failure.problem ?? {}
  }
}

/** No answer: the connection failed or broke. */
export class ConnectionError extends RingproofError {}
/** No answer in time. */
export class TimeoutError extends ConnectionError {}

/** `errors` says what each field must be. A phone that cannot exist has the path `phone`. */
export class InvalidRequestError extends RingproofError {
  readonly errors: readonly { path: string; message: string }[]
  constructor(failure: Failure) {
    super(failure)
    this.errors = (this.problem.errors as { path: string; message: string }[] | undefined) ?? []
  }
}
/** The key is wrong, revoked or expired, or not allowed from this address. */
export class UnauthorizedError extends RingproofError {}
export class NotFoundError extends RingproofError {}
export class InsufficientBalanceError extends RingproofError {}
/** The policy does not allow calls to this phone; `rule` says why. */
export class DestinationDeniedError extends RingproofError {
  readonly rule: string | null
  constructor(failure: Failure) {
    super(failure)
    this.rule = (this.problem.rule as string | undefined) ?? null
  }
}
/** Your start hook denied the start. */
export class DeniedByHookError extends RingproofError {}

/** Any 429: a limit was reached. Its subclasses tell which; `rule` names a limit of the policy. */
export class RateLimitedError extends RingproofError {
  readonly rule: string | null
  constructor(failure: Failure) {
    super(failure)
    this.rule = (this.problem.rule as string | undefined) ?? null
  }
}
/** The phone was called too recently. */
export class PhoneCooldownError extends RateLimitedError {}
export class RetryTooSoonError extends RateLimitedError {}
/** Too many wrong codes for this phone: even the right one is refused until `retryAfterSeconds` have passed. */
export class GuessesExhaustedError extends RateLimitedError {}
export class TooManyRequestsError extends RateLimitedError {}

export class CodeIncorrectError extends RingproofError {
  /** How many more codes the user may try. */
  readonly checksLeft: number
  constructor(failure: Failure) {
    super(failure)
    this.checksLeft = Number(this.problem.checks_left)
  }
}
/** The last check was wrong too: start a new verification. */
export class ChecksExhaustedError extends RingproofError {}
/** No call was placed yet: repeat in a second. */
export class CodeNotReadyError extends RingproofError {}
/** The user proves the phone by calling the number in `call_to`. */
export class NoCodeExpectedError extends RingproofError {}
export class VerificationExpiredError extends RingproofError {}
/** The verification has ended; `verificationStatus` says how. `approved`: an earlier confirm was right. */
export class VerificationNotActiveError extends RingproofError {
  readonly verificationStatus: string
  constructor(failure: Failure) {
    super(failure)
    this.verificationStatus = String(this.problem.verification_status)
  }
}
export class VerificationNotApprovedError extends RingproofError {}
/** More than ten minutes have passed since the approval. */
export class ProofExpiredError extends RingproofError {}
/** A call is being placed right now. */
export class AttemptInProgressError extends RingproofError {}
export class NoNextChannelError extends RingproofError {}
/** Ringproof, or something it depends on, is down or at capacity. */
export class UnavailableError extends RingproofError {}

/** `verifyProof`: forged, expired, or not for this audience or phone. */
export class InvalidProofError extends RingproofError {
  constructor(detail: string) {
    super({ status: 0, code: 'invalid_proof', detail })
  }
}
/** `webhooks.unwrap`: not signed with this secret, or too old. */
export class InvalidWebhookError extends RingproofError {
  constructor(detail: string) {
    super({ status: 0, code: 'invalid_webhook', detail })
  }
}
