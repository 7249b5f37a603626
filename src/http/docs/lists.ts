import type { Channel } from '../../channels/channels.ts'
import type { Scope } from '../../context.ts'
import type { EventType } from '../../draft/append.ts'
import type { DeliveryView } from '../../events/schemas.ts'
import type { TEST_TYPE, WebhookType } from '../../events/types.ts'
import type { FindingView } from '../../reconciliation/schemas.ts'
import type { Feedback } from '../../values/feedback.ts'
import type { AttemptStatus, VerificationStatus } from '../../values/statuses.ts'
import { FAILURE_CODES, failureInWords } from '../../verifications/failure.ts'
import { EVENT_HELP } from './event-help.ts'

/** The values that a field can have, each with what it means; `id` is its place on the page of lists. */
export type List = { id: string; title: string; about: string; values: Readonly<Record<string, string>> }

const VERIFICATION_STATUS: Record<VerificationStatus, string> = {
  pending:
    'No call is in progress: none has been requested yet, or the last account failed and the next one is due.',
  calling: 'An operator is being asked to call, or has been, or waits for the phone to call.',
  delivered: 'The operator reports that the phone rang or that the message arrived.',
  approved: 'A correct code was submitted in time, or the phone called the number in `call_to`. Final.',
  locked: 'The last allowed check was wrong. Final.',
  failed: 'The phone could not be reached; `failure.code` says why. Final.',
  expired: 'Its lifetime ended. Final.',
  cancelled:
    'Cancelled by you, or by a newer start for the same phone and requester (`failure.code` is `superseded`). Final.',
  denied: 'The policy refused it before anything was sent; the audit names the rule and the count. Final.',
}

const ATTEMPT_STATUS: Record<AttemptStatus, string> = {
  queued: 'Waiting for a worker.',
  placing: 'The request to the operator is being sent, or its answer is being searched for.',
  placed: 'The operator accepted the call or message.',
  answered: 'The phone rang, and somebody or a voicemail answered.',
  busy: 'The phone was busy. It counts as reached only if the operator reports that it rang.',
  no_answer: 'The phone rang and nobody answered, as a flash call should end.',
  delivered: 'The message arrived.',
  called: 'The phone called the number in `call_to`.',
  unreachable: 'The phone is switched off or out of coverage, or its network blocks the call.',
  no_such_number: 'The number does not exist.',
  not_called: 'The phone did not call in time.',
  rejected: 'The operator refused the request.',
  failed: 'The call was certainly never placed.',
  unknown: 'The outcome could not be determined. Its code stays valid.',
  released: 'The verification ended first; nothing was requested from an operator.',
}

const CHANNEL: Record<Channel, string> = {
  flash_call: 'A call that does not need to be answered: the last digits of the calling number are the code.',
  voice: 'A call that says the code once it is answered.',
  sms: 'A text message with the code.',
  telegram: 'A message with the code in Telegram.',
  inbound_call: 'The user calls a number that you show; there is no code.',
}

const SCOPE: Record<Scope, string> = {
  verify: 'Start, confirm, retry and cancel verifications.',
  read: 'Read verifications, statistics and the audit.',
  billing: 'Read the balance, billing records and statements.',
  admin: 'Administer keys, tenants, accounts, routes, prices, policies, texts and webhooks.',
}

const FEEDBACK_REASON: Record<Feedback, string> = {
  no_call: 'Nothing rang or arrived.',
  other_number: 'The number that rang does not end with the code.',
  marked_spam: 'The phone showed the call as spam.',
  code_refused: 'The user says that the code was right.',
  answered: 'The user, or a voicemail, answered the call.',
}

const WEBHOOK_TYPE: Record<WebhookType | typeof TEST_TYPE, string> = {
  'verification.created': 'A verification was started.',
  'verification.delivered': 'The phone rang, or the message arrived.',
  'verification.approved': 'A correct code was submitted, or the phone called.',
  'verification.locked': 'The last allowed check was wrong.',
  'verification.failed': 'The phone could not be reached.',
  'verification.expired': 'The lifetime of the verification ended.',
  'verification.cancelled': 'Cancelled by you or by a newer start.',
  'verification.denied': 'The policy refused the start.',
  'attempt.placed': 'An operator accepted a call or message.',
  'attempt.ended': 'The outcome of an attempt is known, or it is no longer needed.',
  'account.stopped': 'An operator rejected the credentials of an account; nothing more is sent there.',
  'account.recovered': 'The credentials of a stopped account work again.',
  'finding.created': 'A reconciliation found a difference.',
  'webhook.test': 'You asked for a test event.',
}

const DELIVERY_STATUS: Record<DeliveryView['status'], string> = {
  waiting: 'Not delivered yet; another try is due.',
  delivered: 'Your endpoint answered with a status of 200 to 299.',
  failed: 'The last try failed; no further try follows.',
  cancelled: 'The endpoint was disabled or deleted first.',
}

const FINDING_KIND: Record<FindingView['kind'], string> = {
  charged_unknown: 'The operator has a call that we do not know, or the same call twice.',
  not_charged: 'The operator’s records lack a call of ours.',
  price_differs: 'The operator’s price or currency differs from the one we noted.',
  status_differs: 'The call rang there and not here, or the other way round.',
  balance_differs: 'The operator’s balance fell by more than our calls cost.',
}

/** Every list of values that clients decide by. The compiler checks that each is complete. */
export const LISTS: readonly List[] = [
  {
    id: 'verification-statuses',
    title: 'Verification statuses',
    about: 'The field `status` of a verification.',
    values: VERIFICATION_STATUS,
  },
  {
    id: 'failure-codes',
    title: 'Failure codes',
    about: 'The field `failure.code` of a verification that failed or was superseded.',
    values: Object.fromEntries(FAILURE_CODES.map((code) => [code, failureInWords('en', code)])),
  },
  {
    id: 'attempt-statuses',
    title: 'Attempt statuses',
    about: 'The field `status` of an attempt: one call or message.',
    values: ATTEMPT_STATUS,
  },
  { id: 'channels', title: 'Channels', about: 'How an attempt reaches the phone.', values: CHANNEL },
  {
    id: 'webhook-types',
    title: 'Webhook types',
    about: 'The events that a webhook endpoint can receive.',
    values: WEBHOOK_TYPE,
  },
  {
    id: 'delivery-statuses',
    title: 'Delivery statuses',
    about: 'The field `status` of a webhook delivery.',
    values: DELIVERY_STATUS,
  },
  {
    id: 'audit-event-types',
    title: 'Audit event types',
    about: 'The events in the audit trail of a verification.',
    values: EVENT_HELP satisfies Record<EventType, string>,
  },
  {
    id: 'feedback-reasons',
    title: 'Feedback reasons',
    about: 'What a user can report about a call.',
    values: FEEDBACK_REASON,
  },
  { id: 'scopes', title: 'Scopes', about: 'What an API key is allowed to do.', values: SCOPE },
  {
    id: 'finding-kinds',
    title: 'Finding kinds',
    about: 'The differences that a reconciliation finds.',
    values: FINDING_KIND,
  },
]

/** The list that has all of these values. */
export function listOf(values: unknown[]): List | undefined {
  if (values.length < 2) return undefined
  return LISTS.find((list) => values.every((value) => typeof value === 'string' && value in list.values))
}
