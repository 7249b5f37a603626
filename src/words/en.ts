import { type JsonType, type LimitName, type NumberType, type Status, TYPES_EN } from './names-en.ts'

/**
 * Every error text in English, by key; other languages have the same keys. The text of a field follows its path:
 * no capital, no full stop. `note_…` describes an operator's server. No parameter ever holds what an operator or
 * the database wrote.
 */
export const en = {
  title_malformed_json: 'The body is not valid JSON',
  title_unauthorized: 'The API key is missing, unknown, expired or revoked',
  title_insufficient_balance: 'The balance does not cover the call',
  title_insufficient_scope: 'The API key does not allow this',
  title_origin_not_allowed: 'Pages of this origin may not use client tokens',
  title_destination_denied: 'Calls to this number are not allowed',
  title_denied_by_hook: 'The start hook denied the start',
  title_not_found: 'Not found',
  title_method_not_allowed: 'Method not allowed',
  title_conflict: 'The request conflicts with the current state',
  title_idempotency_in_progress: 'A request with this Idempotency-Key is still running',
  title_verification_not_active: 'The verification has already ended',
  title_verification_not_approved: 'The verification is not approved',
  title_code_not_ready: 'No code exists yet',
  title_no_code_expected: 'The user calls a number; there is no code to submit',
  title_attempt_in_progress: 'A call is already being placed',
  title_no_next_channel: 'No other channel is left',
  title_verification_expired: 'The verification has expired',
  title_proof_expired: 'The proof is no longer available',
  title_body_too_large: 'The body is too large',
  title_unsupported_media_type: 'The body must be application/json',
  title_invalid_request: 'The request is not valid',
  title_idempotency_mismatch: 'The Idempotency-Key was already used for a different request',
  title_code_incorrect: 'The code is wrong',
  title_checks_exhausted: 'The code is wrong and no checks are left',
  title_guesses_exhausted: 'Too many wrong codes for this phone today',
  title_too_many_requests: 'Too many requests',
  title_rate_limited: 'A limit has been reached',
  title_phone_cooldown: 'This phone was called too recently',
  title_retry_too_soon: 'It is too soon for another call',
  title_internal: 'Something went wrong on our side',
  title_unavailable: 'The service is temporarily unavailable',

  // Requests.
  try_again_in: ({ seconds }: { seconds: number }) => `Try again in ${seconds} s.`,
  no_such_address: 'Nothing exists at this address.',
  allowed_methods: ({ methods }: { methods: string }) => `Allowed methods: ${methods}.`,
  body_missing: 'Send a JSON object as the body.',
  body_not_utf8: 'The body is not UTF-8.',
  body_cut_off: 'The body ended before its announced length.',
  body_bytes_max: ({ bytes }: { bytes: number }) => `The body may be at most ${bytes} bytes.`,
  body_encoded: 'Send the body without Content-Encoding.',
  body_not_json: 'Send the body with Content-Type: application/json.',
  json_fault: ({ line, column }: { line: number; column: number }) =>
    `The body cannot be read as JSON: see line ${line}, column ${column}.`,
  json_cut_off: ({ line, column }: { line: number; column: number }) =>
    `The body cannot be read as JSON: it ends too early, at line ${line}, column ${column}.`,
  idempotency_reused:
    'Use a new Idempotency-Key for every new request; reuse one only to repeat the same path and body.',
  at_capacity: 'The server is at capacity; the request was not processed.',
  bodies_at_capacity: 'The server is receiving too many requests at once; this one was not processed.',
  clocks_differ:
    'The clocks of this server and its database are minutes apart; the request was not processed.',
  starts_at_capacity: 'Too many starts are queued; the request was not processed.',
  streams_at_capacity: 'Too many exports and live pages are open.',
  too_slow: 'The request took too long; it may still take effect.',
  read_too_slow: 'The read took too long; narrow it with a shorter span (from, to).',
  reads_at_capacity: 'Too many reads are running; a shorter span (from, to) takes less time.',
  read_replica_unreachable:
    'The read replica is unreachable. Starts, checks and reads by id work; lists, searches, exports and statistics wait for it.',
  read_replica_conflict:
    'The read replica cancelled the read to keep up with the primary; a shorter span (from, to) takes less time.',
  read_replica_behind: 'The read replica has not finished the last upgrade.',
  reads_of_tenant: ({ running, waiting }: { running: number; waiting: number }) =>
    `You may run ${running} reads at once with ${waiting} more waiting; send fewer at a time.`,

  // Access.
  key_header_missing: 'Send the header Authorization: Bearer rp_….',
  metrics_token_wrong: 'Send the header Authorization: Bearer <METRICS_TOKEN>.',
  key_refused: 'The API key is unknown, expired or revoked.',
  client_token_wrong: 'The client token is missing or wrong. Send the header Authorization: Bearer vct_….',
  client_token_ended: 'The client token has expired: its verification ended more than ten minutes ago.',
  origin_refused: 'The page’s origin is not in the tenant’s allowed_origins.',
  return_refused: 'The return address is not on a site in the tenant’s allowed_origins.',
  client_streams_at_capacity: 'Too many event streams are open.',
  client_streams: 'This verification has too many open event streams.',
  key_malformed:
    'This is not an API key. Send rp_live_ or rp_test_ and what follows, without quotes, spaces or a second Bearer.',
  key_wrong_network: 'The API key may not be used from this address.',
  key_attempts: 'Too many wrong API keys came from this address. A valid key still works.',
  scope_needed: ({ scope }: { scope: string }) => `This needs a key with the scope ${scope}.`,
  live_key_needed: 'Use a live key; a test key cannot do this.',
  test_key_needed: 'Use a test key; the sandbox serves no live keys.',
  live_key_by_test_key: 'A test key cannot create a live key.',
  acting_needs_admin: 'Only a key with the scope admin can act for the tenant in Ringproof-Tenant.',
  acting_tenant_unknown: 'The tenant in Ringproof-Tenant does not exist.',
  key_expired: 'The key has expired; create a new one.',
  key_expired_rotation: 'The key has expired and cannot be rotated; create a new one.',
  login_needs_read: 'The key lacks the scope “read”.',
  login_link_refused:
    'The link was already used, is older than 15 minutes, or was opened from another machine. Log in with a key, or restart to get a new link.',
  page_needs_test_key: 'This page works with a test key: log out, then log in with one.',
  deletion_unconfirmed: 'The endpoint was not deleted: tick “Yes, delete this endpoint” to confirm.',
  name_unconfirmed: 'must repeat the name shown above',
  prefix_unconfirmed: 'must repeat the prefix shown above',
  phone_unconfirmed: 'must be the same phone as above',
  revocation_unconfirmed: 'The key was not revoked: tick “Yes, revoke this key” to confirm.',

  // Not found.
  unknown_verification: 'Verification not found.',
  unknown_key: 'API key not found.',
  code_not_taken: 'No account of the route can carry this code.',
  too_many_waiting: 'Too many requests wait for codes. Try again in a second.',
  credential_unconfirmed: 'The credential was not revoked: tick “Yes, revoke this credential” first.',
  unknown_compat: 'Credential not found.',
  live_credential_by_test_key: 'A test key can create only test credentials.',
  unknown_tenant: 'Tenant not found.',
  unknown_account: 'Provider account not found.',
  unknown_route: 'Route not found.',
  unknown_price: 'Price not found.',
  unknown_cost: 'Cost not found.',
  unknown_reconciliation: 'Reconciliation not found.',
  unknown_endpoint: 'Webhook endpoint not found.',
  unknown_delivery: 'Webhook delivery not found; deliveries are kept for 30 days.',
  endpoint_disabled: 'The endpoint is disabled; enable it first.',
  endpoints_max: ({ max }: { max: number }) => `There can be ${max} endpoints; delete one first.`,
  unknown_finding: 'Finding not found.',
  unknown_erasure: 'Erasure not found.',
  erasure_running: 'The erasure is still running; its certificate does not exist yet.',
  no_number_to_call: 'This verification has no number to call.',
  phone_not_live: 'This phone has no active verification.',

  // Verifications.
  verification_is: ({ status }: { status: Status }) => `The verification is ${status}.`,
  call_not_placed: 'The call has not been placed, or the message not sent, yet.',
  retries_max: ({ retries }: { retries: number }) =>
    `A verification can be retried ${retries} times; start a new one.`,
  retry_pause: ({ seconds }: { seconds: number }) =>
    `A retry is possible ${seconds} s after the previous call.`,
  sandbox_missing: 'Test keys call through the sandbox, but SANDBOX_URL is not set.',
  sandbox_silent: 'The sandbox does not answer.',
  failure_no_such_number: 'The operator reports that the number does not exist.',
  failure_unreachable:
    'No operator could reach the phone: it may be switched off, out of coverage or blocked by its network, or the operators themselves were unreachable.',
  failure_rejected: 'Every operator refused to place the call.',
  failure_unknown: 'It could not be determined whether the phone rang.',
  failure_no_route:
    'No operator is configured for this phone, or those that are have too few numbers to call from for the policy’s guess limit.',
  failure_no_operator_available: 'No operator account for this phone could take the call in time.',
  failure_insufficient_balance: 'The balance did not cover another call.',
  failure_superseded: 'A newer verification was started for this phone.',

  // Limits.
  limit_reached: ({ limit }: { limit: LimitName }) => `The limit ${limit} has been reached.`,
  limit_spend_per_day: 'The limit spend_per_day has been reached; the day ends at midnight UTC.',
  limit_phone_pause: 'This phone was called too recently.',
  limit_prefix_denied: 'The policy denies this prefix.',
  limit_prefix_not_allowed: 'The policy allows only other prefixes.',
  limit_number_type: ({ type }: { type: NumberType }) => `The policy denies numbers of the type ${type}.`,
  limit_conversion_guard: 'Too few recent verifications in this number range were approved.',
  limit_allow_channels: ({ channel }: { channel: string }) =>
    `The policy does not allow the channel ${channel}.`,
  limit_blocked_phone: 'This phone is blocked.',
  hook_denied: 'The start hook denied this start.',
  hook_denied_because: ({ reason }: { reason: string }) => `The start hook denied this start: ${reason}`,
  hook_failed: ({ failure }: { failure: string }) =>
    `The start hook gave no valid answer (${failure}); in that case the policy denies the start.`,
  no_start_hook: 'The policy has no start hook.',
  limit_no_route: 'No route serves this phone.',
  limit_pool_too_small:
    'No route serves this phone: the accounts have too few numbers to call from for the guesses that wrong_guesses_per_phone_day allows.',
  limit_balance: 'The balance does not cover the price of the call; top it up.',
  texts_changed: 'The texts have changed since you opened this page. Reload it and repeat your change.',
  policy_changed: 'The policy has changed since you opened this page. Preview your change again, then save.',

  // Operators, money, tenants.
  fault_unauthorized: 'The operator rejects the credentials.',
  fault_refused: 'The operator refused.',
  fault_bad_answer: 'The operator’s answer could not be read.',
  fault_unreachable: 'The operator cannot be reached.',
  fault_stopped:
    'The account is stopped, because the operator rejected its credentials or those of another account at the same address: nothing was sent.',
  fault_timeout: 'The operator did not answer in time.',
  fault_no_gateway: 'Calls over SIP need a gateway: start one, and set GATEWAY_URL for API and workers.',
  fault_trunk_unknown:
    'The trunk’s name does not resolve to an IPv4 address that may be used; private addresses need ALLOW_PRIVATE_TARGETS.',
  fault_not_registered:
    'The trunk has not registered us: it does not answer at this address, or refuses the registration.',
  fault_user_inactive: 'The operator says that the user of this account may not call.',
  fault_session_taken:
    'The operator keeps ending our session: another program logs in with the same user. Give Ringproof a user of its own.',
  fault_banned:
    'The operator probably bans the address of this server: it rejected credentials, and does not answer since. Ask it to lift the ban.',
  stop_unauthorized:
    'The operator rejected the credentials. Correct them, or have the operator accept them, then check the account.',
  stop_banned:
    'The operator rejected the credentials and has not answered since: it probably bans the address of this server. Ask it to lift the ban, correct the credentials, then check the account.',
  stop_address: ({ account }: { account: string }) =>
    `The operator rejected the credentials of ${account} at the same address, and may ban this server. Correct or check that account: this one then starts as well.`,
  stop_address_unowned:
    'The operator rejected the credentials of an account that is not saved or was deleted, and may ban this server. Check this account once the ban is lifted.',
  check_refused:
    'The operator refused to answer: the credentials are wrong, or the account there is blocked.',
  check_unauthorized:
    'The operator rejects the credentials. The account is saved but stopped: nothing more is sent for it until you send other credentials (PATCH) or check it (POST …/check).',
  check_unreadable: 'The saved credentials were sealed with another SECRET_KEY; send them again.',
  check_bad_answer: ({ url }: { url: string }) =>
    `${url} does not answer like this operator; base_url is probably wrong.`,
  check_unreachable: ({ url }: { url: string }) =>
    `${url} cannot be reached; the credentials could not be checked.`,
  check_timeout: ({ url, seconds }: { url: string; seconds: number }) =>
    `${url} did not answer within ${seconds} seconds; the credentials could not be checked.`,
  check_http_only:
    'The credentials work. The operator answers only without encryption: whoever can read the traffic reads the password and the token.',
  check_no_lines: ({ lines, server }: { lines: string; server: string }) =>
    `The credentials work, but the account cannot call yet: it needs SIP lines and their server, which the operator tells (${lines}, ${server}).`,
  check_https_works:
    'The credentials work, but are sent without encryption although this address answers over https:// as well: change base_url.',
  account_foreign_numbers: ({ numbers }: { numbers: string }) =>
    `The operator does not list these numbers as ones that the account may call from: ${numbers}.`,
  account_unusable: 'The account cannot be used.',
  note_url_broken: 'the URL cannot be built from its parts',
  note_private_address: 'the address is not a public one',
  note_not_connected: ({ address, code }: { address: string; code: string }) =>
    `no connection to ${address} (${code})`,
  note_connect_timeout: 'no connection in time',
  note_connection_broke: ({ code }: { code: string }) => `the connection broke (${code})`,
  note_answer_timeout: 'no complete answer in time',
  note_answer_too_large: ({ bytes }: { bytes: number }) => `an answer of more than ${bytes} bytes`,
  note_protocol_switched: 'the operator switched protocols',
  note_stopped: 'the account is stopped, so nothing was sent',
  note_no_envelope: ({ status }: { status: number }) => `HTTP ${status} without the operator's envelope`,
  note_wrong_base_url: ({ status, address }: { status: number; address: string }) =>
    `HTTP ${status} without the operator's envelope: base_url is probably wrong (${address})`,
  note_wrong_signature: 'a wrong signature',
  note_unsigned: ({ status }: { status: number }) => `HTTP ${status} without a signature`,
  note_incomplete: ({ missing }: { missing: string }) => `a success without ${missing}`,
  note_balance_untold: 'the operator does not report the balance of this account',
  note_undated: 'records that cannot be dated',
  note_log_short: 'the operator’s log does not reach back far enough',
  note_key_malformed: 'the saved key is malformed, so nothing was sent',
  note_account_gone: 'the account can no longer be used',
  account_in_use: ({ routes }: { routes: string }) => `The account is used by these routes: ${routes}.`,
  account_changed:
    'The account was changed while its credentials were being checked; nothing was saved. Repeat the request.',
  account_name_taken: 'Another provider account has this name.',
  route_taken: 'Another route has this prefix and channel.',
  price_taken: 'The list already has a price for this prefix and channel from the same moment.',
  cost_taken: 'The account already has a cost for this prefix and channel from the same moment.',
  records_unavailable:
    'The operator’s records could not be fetched; `reconciliation` names the run that says why.',
  difference_posted: 'The difference has already been posted.',
  difference_outdated:
    'Another difference for this call has been posted since. Run the reconciliation again and post what it finds.',
  first_tenant_stays: 'The first tenant belongs to the installation and cannot be deleted.',
  tenant_balance_open: ({
    balance,
    reserved,
    currency,
  }: {
    balance: string
    reserved: string
    currency: string
  }) =>
    `The tenant’s balance is ${balance} ${currency}, with ${reserved} held for calls. Wait for the calls to end, then bring the balance to zero with an adjustment.`,

  // Fields: any schema.
  required: 'is required',
  unknown_field: 'is not a known field',
  not_valid: 'is not valid',
  given_twice: 'must be given once',
  header_contradicts: 'was sent more than once with different values',
  not_storable: 'must be valid Unicode without NUL',
  wrong_type: ({ wanted, given }: { wanted: JsonType; given: JsonType | null }) =>
    `must be ${TYPES_EN[wanted]}${given === null ? '' : `, not ${TYPES_EN[given]}`}`,
  exactly: ({ value }: { value: string }) => `must be ${value}`,
  one_of: ({ values }: { values: string }) => `must be one of ${values}`,
  at_least: ({ min }: { min: string }) => `must be at least ${min}`,
  more_than: ({ min }: { min: string }) => `must be more than ${min}`,
  at_most: ({ max }: { max: string }) => `must be at most ${max}`,
  less_than: ({ max }: { max: string }) => `must be less than ${max}`,
  empty: 'must not be empty',
  too_short: ({ min }: { min: number }) => `must have at least ${min} characters`,
  too_long: ({ max }: { max: number }) => `must have at most ${max} characters`,
  too_few: ({ min }: { min: number }) => `must have at least ${min} entries`,
  too_many: ({ max }: { max: number }) => `must have at most ${max} entries`,
  member_empty: 'has an empty key',
  member_too_long: ({ max }: { max: number }) => `has a key of more than ${max} characters`,
  member_not_valid: 'has a key that is not valid',

  // Fields: phones, times, amounts, cursors.
  phone: 'must be a valid phone number, e.g. +79243555100',
  phone_here: ({ region }: { region: string }) =>
    `must be a valid phone number in E.164 (+79243555100) or in the national notation of ${region}`,
  phone_ends: 'must be the last 4 to 15 digits of a phone',
  code_length: ({ channel, min, max }: { channel: string; min: number; max: number }) =>
    `this operator takes ${min === max ? min : `${min} to ${max}`} digits for ${channel}`,
  pool_number: ({ entry }: { entry: string }) =>
    `has “${entry}”, which is neither a number (+74951110000) nor a range (+74951110000-74951119999)`,
  pool_range: ({ entry }: { entry: string }) =>
    `has the range “${entry}”, whose ends must have the same number of digits, the lower first`,
  pool_foreign: ({ numbers }: { numbers: string }) =>
    `has numbers that the operator does not list as ones that the account may call from: ${numbers}`,
  pool_too_large: ({ max }: { max: number }) => `must name at most ${max} numbers`,
  language: 'must be a language tag, e.g. en or pt-BR',
  domain: 'must be a domain name in ASCII, e.g. acme.example, without https:// and path',
  android_hash: 'must be the 11 characters of base64 that identify the app',
  text_without_code: 'must contain {code}',
  text_placeholder: 'may contain braces only as {code}, {app} and {ttl_minutes}',
  text_control: 'must be one line without control characters',
  text_without_app: 'contains {app}, but app is not set',
  text_segments: ({ segments, max }: { segments: number; max: number }) =>
    `must fit into ${max} SMS segments; with the longest code it takes ${segments}`,
  text_over_140_bytes: ({ length, max }: { length: number; max: number }) =>
    `must fit into 140 bytes for android_hash: ${max} characters with the longest code and the last line; has ${length}`,
  language_without_text: 'has no text: add one in this language',
  prefix: 'must be a + and up to 15 digits, e.g. +7924',
  code_digits: 'must be the digits of the code, or the number that called',
  code_too_short: ({ digits }: { digits: number }) => `must have at least ${digits} digits`,
  time: 'must be an existing time in RFC 3339, e.g. 2026-01-31T12:00:00Z',
  span_backwards: 'must not be before `from`',
  span_days: ({ days }: { days: number }) => `must be at most ${days} days before the end`,
  time_past: 'must be in the future',
  time_or_day: 'must be an existing time or day, e.g. 2026-01-31T12:00:00Z or 2026-01-31',
  month: 'must be a month, e.g. 2026-01',
  in_future: 'must not be in the future',
  in_past: 'must be in the future',
  channel_or_workflow: 'send either channel or workflow',
  ttl_needs_workflow: ({ max }: { max: number }) => `must be at most ${max} without a workflow`,
  after_to: 'must not be after to',
  archived_span: 'the span must not include a month whose calls were moved to an archive',
  span_too_long: ({ days }: { days: number }) => `must be at most ${days} days before to`,
  amount: 'must be a decimal string, e.g. "1000" or "0.35"',
  amount_negative: 'must not be negative',
  amount_exponent: 'must not have an exponent',
  amount_places: ({ places }: { places: number }) => `must have at most ${places} decimal places`,
  amount_too_large: 'must be at most 1000000000000 (10¹²)',
  amount_exceeds_balance: 'must leave the balance within ±1000000000000 (10¹²)',
  currency: 'must be an ISO 4217 currency code, e.g. RUB',
  currency_of_tenant: ({ currency }: { currency: string }) => `must be the tenant’s currency, ${currency}`,
  origin:
    'must be an origin as browsers send it, e.g. https://app.example.com: https, or http on localhost, without a path',
  country: 'must be an ISO 3166 alpha-2 country code, e.g. RU',
  cursor: 'must be a next_cursor from this list',
  cursor_of_events: 'must be a next_cursor from this list, or the id of an event in it',
  address: 'must be an IPv4 or IPv6 address',
  ipv4: 'must be an IPv4 address',
  time_zone: 'must be the name of a time zone, e.g. Europe/Moscow',
  network: 'must be a network in CIDR notation, e.g. 10.0.0.0/8 or 2001:db8::/32',
  event_type: 'must be an event type, e.g. verification.created',
  idempotency_key: 'must be 1 to 255 printable ASCII characters',

  // Fields: administration.
  admin_scope: 'may hold admin only for keys of the first tenant',
  tenant: 'must be the id of a tenant',
  account: 'must be the id of a provider account',
  account_without_channel: ({ provider, channel }: { provider: string; channel: string }) =>
    `${provider} has no channel ${channel}`,
  // What an account lacks for flash calls.
  needs_numbers: ({ numbers }: { numbers: string }) => `flash calls need numbers to call from: ${numbers}`,
  needs_lines: ({ lines, server }: { lines: string; server: string }) =>
    `calls need SIP lines and their server, which the operator tells: ${lines} and ${server}`,
  account_twice: 'is listed twice',
  provider: 'is not supported by this version of Ringproof',
  credentials_with_address:
    'must be sent along with a new address: saved credentials go only to the address they were saved for',
  telefon_ip_token: 'must be the API token, e.g. 4ea13fbf-f5a3-…',
  new_tel_key: 'must be 48 hexadecimal digits',
  sip_number_format: 'must be +e164, e164, 8national, or a prefix before {e164}',
  sip_username: 'must hold no control characters, quotes or brackets',
  sip_user_and_password: 'is required: give both a username and a password, or neither',
  sip_called_format: 'must be +e164, e164, 8national, or a text with {e164}',
  teleum_line:
    'must be an object with number, user and password, or those three in a text: +78123232323 100200300 password',
  teleum_line_twice: 'is also the number of an earlier line',
  host_name: 'must be a host name or an IPv4 address, without scheme or port',
  narayana_key: 'must be the API key: 6 to 64 letters and digits',
  narayana_md5: 'must be an MD5: 32 hexadecimal digits',
  narayana_login: 'is required with a password',
  narayana_passwords: 'cannot be combined with password_md5',
  narayana_destination: 'must be 5 to 15 digits',
  narayana_voice_text: 'must contain {digits}',
  narayana_callback: 'is required when call_method is callback',
  adjustment_zero: 'must be false: the difference is zero',
  adjustment_posted: 'must be false: the cost was posted when the call was closed',
  url: 'must be a URL, e.g. https://api.operator.example',
  url_host: 'must have a valid host name, e.g. api.operator.example',
  url_receiver: 'must be a URL of at most 500 characters, e.g. https://example.com/webhooks',
  url_user_receiver: 'must not contain a user name or password; requests are signed instead',
  url_fragment: 'must have no fragment',
  url_blanks: 'must have no spaces, backslashes or invisible characters',
  url_https: 'must start with https://',
  url_http: 'must start with https:// or http://',
  url_user: 'must not contain a user name or password; those belong in credentials',
  url_query: 'must have no query and no fragment',
  url_port: ({ max }: { max: number }) => `must have a port from 1 to ${max}, or none`,
  url_sip:
    'must be the address of a trunk, e.g. sip:trunk.example.net:5060;transport=udp: UDP or TCP, no TLS, no IPv6; a user belongs in credentials',
  url_private: 'must be on the public internet',
  url_host_written: ({ host }: { host: string }) => `must have its host written as ${host}`,
  url_path: 'must have a plain path, e.g. /api/v3, or none',
}
