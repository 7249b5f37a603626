/** Names that pages show and texts take as parameters. */
export const STATUSES_EN = {
  pending: 'Pending',
  calling: 'Calling',
  delivered: 'Delivered',
  approved: 'Approved',
  locked: 'Locked',
  failed: 'Failed',
  expired: 'Expired',
  cancelled: 'Cancelled',
  denied: 'Denied',
}

/** Limits of a policy, its hook, and three that no policy can switch off. */
export const LIMITS_EN = {
  starts_per_phone_10m: 'Starts per phone in 10 minutes',
  starts_per_phone_hour: 'Starts per phone in an hour',
  starts_per_phone_day: 'Starts per phone in a day',
  phone_pause_seconds: 'Pause between starts for one phone, seconds',
  wrong_guesses_per_phone_day: 'Wrong codes per phone in a day, at four digits',
  guesses_kept_for_known: 'Wrong codes kept for known requesters',
  wrong_guesses_per_requester_day: 'Wrong codes per requester and phone in a day, at four digits',
  starts_kept_for_known: 'Starts kept for known requesters',
  starts_per_ip_hour: 'Starts per address in an hour',
  starts_per_prefix_hour: 'Starts per number range in an hour',
  spend_per_day: 'Spend in a day',
  allow_channels: 'Allowed channels',
  allow_prefixes: 'Allowed prefixes',
  deny_prefixes: 'Denied prefixes',
  deny_number_types: 'Denied number types',
  conversion_guard: 'Conversion guard',
  balance: 'Balance',
  no_route: 'No route',
  blocked_phone: 'Blocked phone',
  start_hook: 'Hook before a start',
  wrong_checks_per_phone_day: 'Wrong checks per phone in a day',
  live_per_phone: 'Active verifications per phone',
}

export const NUMBER_TYPES_EN = {
  premium_rate: 'premium rate',
  shared_cost: 'shared cost',
  toll_free: 'toll free',
  voip: 'VoIP',
  personal_number: 'personal number',
  pager: 'pager',
  uan: 'company number (UAN)',
  voicemail: 'voicemail',
  satellite: 'satellite and international networks (+870, +881, +882, +883)',
  fixed_line: 'fixed line',
  mobile: 'mobile',
  fixed_line_or_mobile: 'fixed line or mobile',
}

/** Types of a JSON value. */
export const TYPES_EN = {
  string: 'a string',
  number: 'a number',
  whole: 'a whole number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
  null: 'null',
}

export type Status = keyof typeof STATUSES_EN
export type LimitName = keyof typeof LIMITS_EN
export type NumberType = keyof typeof NUMBER_TYPES_EN
export type JsonType = keyof typeof TYPES_EN
