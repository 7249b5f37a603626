import { AppError, type ErrorCode, invalid } from '../../errors.ts'
import { problem } from '../../exchange/problem.ts'
import { say } from '../../words/text.ts'
import { BASE } from './base.ts'

const VERIFICATION = 'ver_0193f2a4b6c87d1e9f0a1b2c3d000001'

/** For each code, one way in which it occurs. */
const EXAMPLES: Record<ErrorCode, AppError> = {
  malformed_json: new AppError('malformed_json', { detail: say('body_missing') }),
  unauthorized: new AppError('unauthorized', { detail: say('key_header_missing') }),
  insufficient_balance: new AppError('insufficient_balance', { extra: { verification: VERIFICATION } }),
  insufficient_scope: new AppError('insufficient_scope', {
    detail: say('scope_needed', { scope: 'verify' }),
  }),
  origin_not_allowed: new AppError('origin_not_allowed', { detail: say('origin_refused') }),
  destination_denied: new AppError('destination_denied', {
    detail: say('limit_prefix_denied'),
    extra: { rule: 'deny_prefixes', verification: VERIFICATION },
  }),
  denied_by_hook: new AppError('denied_by_hook', {
    detail: say('hook_denied'),
    extra: { rule: 'start_hook', verification: VERIFICATION },
  }),
  not_found: new AppError('not_found', { detail: say('unknown_verification') }),
  method_not_allowed: new AppError('method_not_allowed', {
    detail: say('allowed_methods', { methods: 'GET, POST' }),
    headers: { allow: 'GET, POST' },
  }),
  conflict: new AppError('conflict', { detail: say('key_expired') }),
  idempotency_in_progress: new AppError('idempotency_in_progress', { retryAfterSeconds: 1 }),
  verification_not_active: new AppError('verification_not_active', {
    detail: say('verification_is', { status: 'approved' }),
    extra: { verification_status: 'approved' },
  }),
  verification_not_approved: new AppError('verification_not_approved', {
    detail: say('verification_is', { status: 'delivered' }),
    extra: { verification_status: 'delivered' },
  }),
  code_not_ready: new AppError('code_not_ready', { detail: say('call_not_placed'), retryAfterSeconds: 1 }),
  no_code_expected: new AppError('no_code_expected'),
  attempt_in_progress: new AppError('attempt_in_progress'),
  no_next_channel: new AppError('no_next_channel'),
  verification_expired: new AppError('verification_expired'),
  proof_expired: new AppError('proof_expired'),
  body_too_large: new AppError('body_too_large', { detail: say('body_bytes_max', { bytes: 65_536 }) }),
  unsupported_media_type: new AppError('unsupported_media_type', { detail: say('body_not_json') }),
  invalid_request: invalid('ttl_seconds', 'at_most', { max: '900' }),
  idempotency_mismatch: new AppError('idempotency_mismatch', { detail: say('idempotency_reused') }),
  code_incorrect: new AppError('code_incorrect', { extra: { checks_left: 2 } }),
  checks_exhausted: new AppError('checks_exhausted', { extra: { checks_left: 0 } }),
  guesses_exhausted: new AppError('guesses_exhausted', {
    retryAfterSeconds: 41_040,
    rateLimit: { policy: 'wrong_guesses_per_phone_day', limit: 9, windowSeconds: 86_400, remaining: 0 },
  }),
  too_many_requests: new AppError('too_many_requests', {
    detail: say('key_attempts'),
    retryAfterSeconds: 60,
  }),
  rate_limited: new AppError('rate_limited', {
    detail: say('limit_reached', { limit: 'starts_per_phone_10m' }),
    retryAfterSeconds: 418,
    rateLimit: { policy: 'starts_per_phone_10m', limit: 3, windowSeconds: 600, remaining: 0 },
    extra: { rule: 'starts_per_phone_10m', verification: VERIFICATION },
  }),
  phone_cooldown: new AppError('phone_cooldown', {
    detail: say('limit_phone_pause'),
    retryAfterSeconds: 24,
    rateLimit: { policy: 'phone_pause_seconds', limit: 1, windowSeconds: 30, remaining: 0 },
    extra: { rule: 'phone_pause_seconds', verification: VERIFICATION },
  }),
  retry_too_soon: new AppError('retry_too_soon', {
    detail: say('retry_pause', { seconds: 30 }),
    retryAfterSeconds: 12,
  }),
  internal: new AppError('internal'),
  unavailable: new AppError('unavailable', { detail: say('at_capacity'), retryAfterSeconds: 2 }),
}

/** The answer with this code, as it is sent: status line, the headers of the error, body. */
export function errorExample(code: ErrorCode): string {
  const { status, headers = {}, body } = problem(EXAMPLES[code], 'req_8f14e45fceea167a', `${BASE}/docs`)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status}`, ...lines, '', JSON.stringify(body, null, 2)].join('\n')
}
