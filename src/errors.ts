/** Every error a client can meet: one table, from which answers, documentation and OpenAPI are made. */
export const ERRORS = {
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  unauthorized: { status: 401, title: 'The API key is missing, unknown, expired or revoked' },
  insufficient_balance: { status: 402, title: 'The balance does not cover the call' },
  insufficient_scope: { status: 403, title: 'The API key lacks the scope that this needs' },
  destination_denied: { status: 403, title: 'The policy does not allow calls to this number' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  conflict: { status: 409, title: 'The request contradicts what exists' },
  idempotency_in_progress: { status: 409, title: 'A request with this Idempotency-Key is still running' },
  verification_not_active: { status: 409, title: 'The verification has already ended' },
  verification_not_approved: { status: 409, title: 'The verification is not approved' },
  code_not_ready: { status: 409, title: 'No code exists yet' },
  attempt_in_progress: { status: 409, title: 'A call is being placed' },
  verification_expired: { status: 410, title: 'The lifetime of the verification has ended' },
  proof_expired: { status: 410, title: 'The proof is no longer available' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  invalid_request: { status: 422, title: 'The request is not valid' },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key was used for another request' },
  code_incorrect: { status: 422, title: 'The code is wrong' },
  checks_exhausted: { status: 422, title: 'The code is wrong, and no check is left' },
  guesses_exhausted: { status: 429, title: 'Too many wrong codes for this phone today' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  rate_limited: { status: 429, title: 'A limit is reached' },
  phone_cooldown: { status: 429, title: 'This phone was called a moment ago' },
  retry_too_soon: { status: 429, title: 'The last call was placed a moment ago' },
  internal: { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'The service cannot do this right now' },
} as const

export type ErrorCode = keyof typeof ERRORS

export type FieldError = { path: string; message: string }

export type RateLimit = { policy: string; limit: number; windowSeconds: number; remaining: number }

export type ErrorOptions = {
  /** One sentence for the caller: what is wrong and what to change. Never operator or database text. */
  detail?: string
  errors?: FieldError[]
  /** Whole seconds, at least 1, after which it makes sense to try again. */
  retryAfterSeconds?: number
  rateLimit?: RateLimit
  /** Further members of the problem document, e.g. `checks_left`. */
  extra?: Record<string, unknown>
  headers?: Record<string, string>
  /** What really happened; logged, never answered. */
  cause?: unknown
}

/** An error whose code and detail may be shown to the caller. Anything else that is thrown becomes `internal`. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: (typeof ERRORS)[ErrorCode]['status']
  readonly options: ErrorOptions

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(options.detail ?? ERRORS[code].title, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.status = ERRORS[code].status
    this.options = options
  }
}

/** 422 `invalid_request` for one field. `path` is dotted, as in `settings.pin_length`. */
export function invalid(path: string, message: string): AppError {
  return new AppError('invalid_request', { detail: `${path}: ${message}`, errors: [{ path, message }] })
}
