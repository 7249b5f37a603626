import { type Page, Pages } from './pages.ts'
import type { Result } from './result.ts'
import type { RequestOptions, Send } from './send.ts'
import type {
  ApprovedVerification,
  AuditTrail,
  ConfirmByPhone,
  ConfirmVerification,
  ListVerifications,
  Proof,
  RetryVerification,
  StartVerification,
  Verification,
  VerificationDetail,
} from './types.ts'

const PATH = '/v1/verifications'
const pathOf = (id: string, ...rest: string[]) => [PATH, encodeURIComponent(id), ...rest].join('/')

/** One phone, verified once. Ids are `ver_…`; codes are the digits that the user typed, or the whole number. */
export class Verifications {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /**
   * Calls the phone. Name the requester (`device`, `client_ip`), so that a stranger cannot lock out the phone's
   * owner. Throws `InvalidRequestError`, `DestinationDeniedError`, `RateLimitedError`, `InsufficientBalanceError`.
   */
  start(input: StartVerification, options?: RequestOptions): Result<Verification> {
    return this.#send({ method: 'POST', path: PATH, body: input }, options)
  }

  /** The verification and its attempts. */
  get(id: string, options?: RequestOptions): Result<VerificationDetail> {
    return this.#send({ method: 'GET', path: pathOf(id) }, options)
  }

  /**
   * Checks a code. Returns only if it is right: the phone is verified. Throws `CodeIncorrectError`,
   * `ChecksExhaustedError`, `GuessesExhaustedError`, `CodeNotReadyError`, `VerificationExpiredError`,
   * `VerificationNotActiveError`.
   */
  confirm(id: string, input: ConfirmVerification, options?: RequestOptions): Result<ApprovedVerification> {
    return this.#send({ method: 'POST', path: pathOf(id, 'confirm'), body: input }, options)
  }

  /** As `confirm`, for the live verification of the phone. Throws `NotFoundError` if there is none. */
  confirmByPhone(input: ConfirmByPhone, options?: RequestOptions): Result<ApprovedVerification> {
    return this.#send({ method: 'POST', path: `${PATH}/confirm`, body: input }, options)
  }

  /** One more call, or a message by another channel. Throws `RetryTooSoonError`, `AttemptInProgressError`. */
  retry(id: string, input: RetryVerification = {}, options?: RequestOptions): Result<Verification> {
    return this.#send({ method: 'POST', path: pathOf(id, 'retry'), body: input }, options)
  }

  /** The next step of the workflow now. Throws `NoNextChannelError`. */
  next(id: string, options?: RequestOptions): Result<Verification> {
    return this.#send({ method: 'POST', path: pathOf(id, 'next'), body: {} }, options)
  }

  /** Its codes stop working. Throws `VerificationNotActiveError` if it has ended. */
  cancel(id: string, options?: RequestOptions): Result<Verification> {
    return this.#send({ method: 'POST', path: pathOf(id, 'cancel'), body: {} }, options)
  }

  /** The proof again, for ten minutes after the approval. Throws `VerificationNotApprovedError`, `ProofExpiredError`. */
  proof(id: string, options?: RequestOptions): Result<Proof> {
    return this.#send({ method: 'POST', path: pathOf(id, 'proof'), body: {} }, options)
  }

  /** Every event, oldest first, and whether the chain is intact. */
  audit(id: string, options?: RequestOptions): Result<AuditTrail> {
    return this.#send({ method: 'GET', path: pathOf(id, 'audit') }, options)
  }

  /** Verifications, newest first: `for await (const verification of ringproof.verifications.list({ phone }))`. */
  list(query: ListVerifications = {}, options?: RequestOptions): Pages<Verification> {
    return new Pages<Verification>((cursor) =>
      this.#send<Page<Verification>>({ method: 'GET', path: PATH, query: { ...query, cursor } }, options),
    )
  }
}
