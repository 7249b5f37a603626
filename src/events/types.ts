/** The events that an endpoint can receive. */
export const WEBHOOK_TYPES = [
  'verification.created',
  'verification.delivered',
  'verification.approved',
  'verification.locked',
  'verification.failed',
  'verification.expired',
  'verification.cancelled',
  'verification.denied',
  'attempt.placed',
  'attempt.ended',
  'account.stopped',
  'account.recovered',
  'finding.created',
] as const

export type WebhookType = (typeof WEBHOOK_TYPES)[number]

/** What `POST …/test` sends, to that endpoint only. */
export const TEST_TYPE = 'webhook.test'

const OF_AUDIT: Readonly<Record<string, WebhookType>> = {
  ...Object.fromEntries(WEBHOOK_TYPES.map((type) => [type, type])),
  'attempt.adopted': 'attempt.placed',
  'attempt.status': 'attempt.ended',
  'attempt.rejected': 'attempt.ended',
  'attempt.failed': 'attempt.ended',
  'attempt.unknown': 'attempt.ended',
  'attempt.released': 'attempt.ended',
}

/** The type under which receivers learn of an audit event; undefined if they do not. */
export const webhookTypeOf = (auditType: string): WebhookType | undefined => OF_AUDIT[auditType]
