import type { ErrorCode } from '../../errors.ts'

/** What each error code means and what the client should do. */
export const ERROR_HELP: Record<ErrorCode, string> = {
  malformed_json:
    'The body is not valid JSON in UTF-8. The detail gives the line and column. Check quotes, commas and the encoding; send one JSON object.',
  unauthorized:
    'Send the header "Authorization: Bearer rp_live_…" or "rp_test_…". The key may be mistyped, revoked or expired, or may not be used from the address of the request (allowed_networks). For /metrics, send METRICS_TOKEN.',
  insufficient_balance:
    'The tenant’s balance, including its credit limit, does not cover this call. Top it up.',
  insufficient_scope:
    'The key is valid but may not do this. Use a key with the scope that the response names. Some requests require a test key, a live key or a key with the scope admin.',
  destination_denied:
    'The tenant’s policy does not allow calls to this number: because of its prefix, its type, or recent verifications in its range. If the rule is no_route, no route serves the number: add one. No call was placed.',
  not_found:
    'Nothing exists with this id or at this address, or it belongs to another tenant or to the other mode (live or test).',
  method_not_allowed:
    'The address does not support this method. The header Allow lists the methods it supports.',
  conflict:
    'The request conflicts with the current state; the detail says how. Change the request or resolve the conflict.',
  idempotency_in_progress:
    'The first request with this Idempotency-Key is still running. Repeat the request after Retry-After. If the server crashed during the first request, the key becomes free within five seconds.',
  verification_not_active:
    'The verification has already ended; verification_status says how. Start a new one if the user still needs it.',
  verification_not_approved:
    'Only an approved verification has a proof; verification_status gives the current status. Confirm the verification first.',
  code_not_ready:
    'The call has not been placed yet, so no code can be correct. Submit the code again in a second.',
  attempt_in_progress: 'A call is being placed for this verification. Wait until it has ended.',
  verification_expired: 'The verification expired before a correct code was submitted. Start a new one.',
  proof_expired:
    'A proof is available for ten minutes after approval and then expires. Verify the phone again if you still need one.',
  body_too_large: 'The body may be at most 64 KiB.',
  unsupported_media_type: 'Send bodies as "Content-Type: application/json".',
  invalid_request:
    'The request is well-formed, but a field, parameter or header is invalid; errors lists each one and what it must be.',
  idempotency_mismatch:
    'This Idempotency-Key was used for a different request within the last 24 hours. Use a new key for every new request.',
  code_incorrect: 'The code is wrong. checks_left says how many checks remain.',
  checks_exhausted: 'The code was wrong and no checks remain. The verification is locked: start a new one.',
  guesses_exhausted:
    'Within 24 hours, too many wrong codes were submitted for this phone across all its verifications, by this requester, or by requesters not known for the phone; RateLimit-Policy names the limit. Even a correct code is refused until Retry-After has passed.',
  too_many_requests:
    'Too many requests came from one address, for example with one wrong API key after another. Slow down.',
  rate_limited:
    'A limit of the policy has been reached; RateLimit-Policy names it. Try again after Retry-After. No call was placed.',
  phone_cooldown:
    'The phone was called recently, and each call lengthens the pause. Try again after Retry-After.',
  retry_too_soon: 'A retry is possible 30 seconds after the previous call. Try again after Retry-After.',
  internal:
    'An unexpected error occurred on our side and was logged under the request_id. The request may or may not have taken effect. Repeat it with the same Idempotency-Key.',
  unavailable:
    'The service or one of its dependencies is down, or the service is at capacity. Try again after Retry-After, preferably with an Idempotency-Key.',
}
