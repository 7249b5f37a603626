import { inWords, type Key, type Language, type Params, say, type Text } from './words/text.ts'

/**
 * Every error a client can get. Answers, documentation and OpenAPI all use this table. Titles are in `words`.
 */
export const ERRORS = {
  malformed_json: { status: 400 },
  unauthorized: { status: 401 },
  insufficient_balance: { status: 402 },
  insufficient_scope: { status: 403 },
  origin_not_allowed: { status: 403 },
  destination_denied: { status: 403 },
  denied_by_hook: { status: 403 },
  not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  conflict: { status: 409 },
  idempotency_in_progress: { status: 409 },
  verification_not_active: { status: 409 },
  verification_not_approved: { status: 409 },
  code_not_ready: { status: 409 },
  no_code_expected: { status: 409 },
  attempt_in_progress: { status: 409 },
  no_next_channel: { status: 409 },
  verification_expired: { status: 410 },
  proof_expired: { status: 410 },
  body_too_large: { status: 413 },
  unsupported_media_type: { status: 415 },
  invalid_request: { status: 422 },
  idempotency_mismatch: { status: 422 },
  code_incorrect: { status: 422 },
  checks_exhausted: { status: 422 },
  guesses_exhausted: { status: 429 },
  too_many_requests: { status: 429 },
  rate_limited: { status: 429 },
  phone_cooldown: { status: 429 },
  retry_too_soon: { status: 429 },
  internal: { status: 500 },
  unavailable: { status: 503 },
} as const satisfies { [K in Key as K extends `title_${infer Code}` ? Code : never]: { status: number } }

export type ErrorCode = keyof typeof ERRORS

/** `path` is dotted, as in `settings.pin_length`. */
export type FieldError = { path: string; text: Text }

export type RateLimit = { policy: string; limit: number; windowSeconds: number; remaining: number }

export type ErrorOptions = {
  /** What is wrong and what to change. */
  detail?: Text
  errors?: FieldError[]
  /** Whole seconds, at least 1, until a retry makes sense. */
  retryAfterSeconds?: number
  rateLimit?: RateLimit
  /** Additional members of the problem document, e.g. `checks_left`. */
  extra?: Record<string, unknown>
  headers?: Record<string, string>
  /** An operator's own words, without secrets: for its owner in the console, not for clients. */
  said?: string
  /** The real reason; logged, never sent. */
  cause?: unknown
}

/** An error whose code and detail the caller may see. Any other thrown error becomes `internal`. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: (typeof ERRORS)[ErrorCode]['status']
  readonly options: ErrorOptions

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super('', { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.status = ERRORS[code].status
    this.options = options
    this.message = detailOf(this, 'en')
  }
}

/** 422 `invalid_request` for wrong fields; the text of the first one is the detail. */
export function invalidFields(errors: FieldError[]): AppError {
  return new AppError('invalid_request', { errors })
}

/** 422 `invalid_request` for one field. */
export function invalid<K extends Key>(path: string, key: K, ...params: Params<K>): AppError {
  return invalidFields([{ path, text: say(key, ...params) }])
}

export const titleOf = (code: ErrorCode, language: Language = 'en'): string =>
  inWords(language, say(`title_${code}`))

/** One sentence: what is wrong, else the title. */
export function detailOf({ code, options: { detail, errors } }: AppError, language: Language = 'en'): string {
  const [first] = errors ?? []
  if (detail) return inWords(language, detail)
  return first ? `${first.path}: ${inWords(language, first.text)}` : titleOf(code, language)
}
