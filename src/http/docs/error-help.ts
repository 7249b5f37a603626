import type { ErrorCode } from '../../errors.ts'

/** What each code means for whoever meets it, and what to do. */
export const ERROR_HELP: Record<ErrorCode, string> = {
  malformed_json:
    'The body could not be read as JSON in UTF-8. The detail names the line and column. Check quotes, commas and the encoding; send one JSON object.',
  unauthorized:
    'Send the header "Authorization: Bearer rp_live_…" or "rp_test_…". The key may be mistyped, revoked or expired, or it may not be used from the address that the request came from (allowed_networks). In /metrics it is METRICS_TOKEN that is missing.',
  insufficient_balance:
    'The balance of the tenant, credit limit included, does not cover this call. Top it up.',
  insufficient_scope:
    'The key is right but may not do this. Use one with the scope that the answer names. Some things are for test keys only, some for live keys only, some for keys with admin only.',
  destination_denied:
    'The policy of the tenant does not allow calls to this number (its prefix, its kind, or what happened to its neighbours lately), or no route serves it: the rule is no_route, and a route of the installation mends it. Nothing was called.',
  not_found:
    'Nothing has this id or address, or it belongs to another tenant or to the other mode (live, test).',
  method_not_allowed:
    'The address exists, but not for this method. The header Allow lists those that it takes.',
  conflict:
    'The request conflicts with the current state; the detail says how. Change the request or the state.',
  idempotency_in_progress:
    'The first request with this Idempotency-Key is still running. Repeat this one after Retry-After. If the server died under it, the key is free again within five seconds.',
  verification_not_active:
    'The verification has ended already; verification_status says how. Start a new one if the user still needs it.',
  verification_not_approved:
    'Only an approved verification has a proof; verification_status says what this one is. Confirm it first.',
  code_not_ready:
    'The call has not been placed yet, so that no code can be right. Submit it again in a second.',
  attempt_in_progress: 'A call is being placed for this verification at this moment. Wait for it.',
  verification_expired: 'The lifetime of the verification ended before a right code came. Start a new one.',
  proof_expired:
    'A proof can be fetched for ten minutes after the approval, and expires then. Verify the phone again if you still need one.',
  body_too_large: 'The body may have 64 KiB.',
  unsupported_media_type: 'Send bodies as "Content-Type: application/json".',
  invalid_request:
    'The request could be read, but something in it is wrong; errors lists every field with what it must be.',
  idempotency_mismatch:
    'This Idempotency-Key was used for another request within 24 hours. Make a new key for every new request.',
  code_incorrect: 'The code is not the right one. checks_left says how often the user may try again.',
  checks_exhausted:
    'The code was wrong and it was the last check. The verification is locked: start a new one.',
  guesses_exhausted:
    'Too many wrong codes were submitted for this phone within 24 hours, over all its verifications; or by this requester, or by requesters who are not known for the phone (RateLimit-Policy names the limit). Even a right code is refused until Retry-After is over.',
  too_many_requests: 'Too much came from one address, such as one wrong API key after another. Slow down.',
  rate_limited:
    'A limit of the policy is reached; RateLimit-Policy names it. Try again after Retry-After. Nothing was called.',
  phone_cooldown:
    'The phone was called a moment ago, and each call makes the pause longer. Try again after Retry-After.',
  retry_too_soon: 'A retry is possible 30 seconds after the last call. Try again after Retry-After.',
  internal:
    'Something failed that should not. It is logged under the request_id; whether the request took effect is not known. Repeat it with an Idempotency-Key.',
  unavailable:
    'The service, or something that it needs, is not there right now, or more is asked of it than it can do. Try again after Retry-After, best with an Idempotency-Key.',
}
