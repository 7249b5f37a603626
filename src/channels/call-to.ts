/**
 * The number that a person calls to approve (E.164), the attempt that it belongs to (UUID), and until when
 * (ISO 8601).
 */
export type CallTo = { attempt: string; number: string; expires_at: string }
