import {
  AttemptInProgressError,
  ChecksExhaustedError,
  CodeIncorrectError,
  CodeNotReadyError,
  DeniedByHookError,
  DestinationDeniedError,
  GuessesExhaustedError,
  InsufficientBalanceError,
  InvalidRequestError,
  NoCodeExpectedError,
  NoNextChannelError,
  NotFoundError,
  PhoneCooldownError,
  ProofExpiredError,
  RateLimitedError,
  RetryTooSoonError,
  RingproofError,
  TooManyRequestsError,
  UnauthorizedError,
  UnavailableError,
  VerificationExpiredError,
  VerificationNotActiveError,
  VerificationNotApprovedError,
} from './errors.ts'

const CLASSES: Readonly<Record<string, typeof RingproofError>> = {
  invalid_request: InvalidRequestError,
  unauthorized: UnauthorizedError,
  not_found: NotFoundError,
  insufficient_balance: InsufficientBalanceError,
  destination_denied: DestinationDeniedError,
  denied_by_hook: DeniedByHookError,
  rate_limited: RateLimitedError,
  phone_cooldown: PhoneCooldownError,
  retry_too_soon: RetryTooSoonError,
  guesses_exhausted: GuessesExhaustedError,
  too_many_requests: TooManyRequestsError,
  code_incorrect: CodeIncorrectError,
  checks_exhausted: ChecksExhaustedError,
  code_not_ready: CodeNotReadyError,
  no_code_expected: NoCodeExpectedError,
  verification_expired: VerificationExpiredError,
  verification_not_active: VerificationNotActiveError,
  verification_not_approved: VerificationNotApprovedError,
  proof_expired: ProofExpiredError,
  attempt_in_progress: AttemptInProgressError,
  no_next_channel: NoNextChannelError,
  unavailable: UnavailableError,
}

/** A proxy in front answers with statuses alone. */
const CLASS_OF_STATUS: Readonly<Record<number, typeof RingproofError>> = {
  429: RateLimitedError,
  503: UnavailableError,
}

/** The error for an answer. `text`: its body, a problem document or whatever a proxy sent. */
export function errorOf(response: Response, text: string): RingproofError {
  const problem = parseProblem(text)
  const { status, headers } = response
  const code = typeof problem.code === 'string' ? problem.code : `http_${status}`
  const Class = CLASSES[code] ?? CLASS_OF_STATUS[status] ?? RingproofError
  return new Class({
    status,
    code,
    detail: String(problem.detail ?? problem.title ?? `HTTP ${status}`),
    requestId: headers.get('x-request-id'),
    retryAfterSeconds: readRetryAfter(headers.get('retry-after')),
    problem,
  })
}

function parseProblem(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** A number of seconds, or a date. */
function readRetryAfter(value: string | null): number | null {
  if (value === null) return null
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000)
  return Number.isNaN(seconds) ? null : Math.max(0, seconds)
}
