import type { ErrorCode } from '../../errors.ts'

/** For each code: what it means to a client and what to do. */
export const ERROR_HELP: Record<ErrorCode, string> = {
  malformed_json:
    'The body could not be read as JSON in UTF-8. The detail names the line and column. Check quotes, commas and encoding; send one JSON object.',
  unauthorized:
    'Send the header `Authorization: Bearer rp_live_…` or `rp_test_…`. The key may be mistyped, revoked or expired, or its `allowed_networks` may exclude the address of the request. /metrics expects METRICS_TOKEN instead.',
  insufficient_balance: 'The tenant’s balance, credit limit included, does not cover this call. Top it up.',
  insufficient_scope:
    'The key is valid but does not allow this. Use a key with the scope that the answer names. Some requests need a test key, some a live key, some a key with admin.',
  origin_not_allowed:
    'A page used a client token, and its origin is not among the tenant’s `allowed_origins`. Add it (`PATCH /v1/tenants/{id}`): scheme, host and port exactly as the browser sends them in `Origin`.',
  destination_denied:
    'The tenant’s policy denies calls to this number because of its prefix, its type or recent verifications in its number range. Or no route serves it (rule `no_route`): add a route to the installation, or, if the detail says so, numbers to the pool of its accounts. No call was placed.',
  denied_by_hook:
    'The tenant’s `start_hook` answered `deny`; the detail has its reason. Or it gave no valid answer and `on_failure` is `deny`: the detail and the audit of the verification say what failed. No call was placed.',
  not_found:
    'Nothing exists under this id or address, or it belongs to another tenant or to the other mode (live or test).',
  method_not_allowed:
    'The address exists but does not accept this method. The header Allow lists the methods it accepts.',
  conflict:
    'The request conflicts with the current state; the detail says how. Change the request or the state.',
  idempotency_in_progress:
    'The first request with this Idempotency-Key is still running. Repeat this one after Retry-After. If the server crashed during the first request, the key is released within five seconds.',
  verification_not_active:
    'The verification has already ended; `verification_status` says how. Start a new one if the user still needs it.',
  verification_not_approved:
    'Only an approved verification has a proof; `verification_status` names the current status. Confirm it first.',
  code_not_ready:
    'The call has not been placed, or the message not sent, yet: no code exists. Submit the code again in a second.',
  no_code_expected:
    'The user proves the phone by calling the number in `call_to`: show it, and read the verification until it is approved. A code is expected only once another step of the workflow begins.',
  attempt_in_progress: 'A call for this verification is being placed right now. Wait until it ends.',
  no_next_channel:
    'The workflow has no further step, or nothing can serve the steps that are left. `POST /v1/verifications/{id}/retry` calls again.',
  verification_expired: 'The verification expired before a correct code was submitted. Start a new one.',
  proof_expired:
    'A proof is available for ten minutes after the approval, then it expires. Verify the phone again if you still need one.',
  body_too_large: 'A body may have at most 64 KiB.',
  unsupported_media_type: 'Send bodies as `Content-Type: application/json`.',
  invalid_request:
    'The request is readable but some fields are not valid; `errors` lists each of them and what it must be.',
  idempotency_mismatch:
    'This Idempotency-Key was used for a different request within the last 24 hours. Use a new key for every new request.',
  code_incorrect: 'The code is wrong. `checks_left` says how many more checks the user has.',
  checks_exhausted: 'The code was wrong and no checks are left. The verification is locked; start a new one.',
  guesses_exhausted:
    'Too many wrong codes were submitted for this phone within 24 hours, across all its verifications: in total, by this requester, or by requesters that are not known for the phone. Long codes count less than short ones. RateLimit-Policy names the limit. Until Retry-After has passed, even a correct code is refused.',
  too_many_requests: 'One address sent too many requests, for example with wrong API keys. Slow down.',
  rate_limited:
    'A limit of the policy has been reached; RateLimit-Policy names it. Try again after Retry-After. No call was placed.',
  phone_cooldown:
    'The phone was called too recently; each call doubles the pause before the next one. Try again after Retry-After.',
  retry_too_soon: 'A retry is possible 30 seconds after the last call. Try again after Retry-After.',
  internal:
    'An unexpected failure, logged under the `request_id`. The request may or may not have taken effect. Repeat it with an Idempotency-Key.',
  unavailable:
    'The service or something it depends on is down, or the service is at capacity. Try again after Retry-After, preferably with an Idempotency-Key.',
}
