import type { z } from '@hono/zod-openapi'
import { type Html, html } from '../../html/html.ts'
import type { AttemptView, VerificationView } from '../../verifications/schemas.ts'
import type { Visit } from '../visit.ts'

export type Verification = z.infer<typeof VerificationView>
export type AttemptRow = z.infer<typeof AttemptView>
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'calm'

const TONES: Record<Verification['status'], Tone> = {
  pending: 'busy',
  calling: 'busy',
  delivered: 'busy',
  approved: 'good',
  locked: 'bad',
  failed: 'bad',
  expired: 'warn',
  cancelled: 'calm',
  denied: 'warn',
}

const ATTEMPT_TONES: Record<string, Tone> = {
  queued: 'busy',
  placing: 'busy',
  placed: 'busy',
  answered: 'good',
  busy: 'good',
  no_answer: 'good',
  unreachable: 'bad',
  no_such_number: 'bad',
  rejected: 'bad',
  failed: 'bad',
  unknown: 'warn',
  released: 'calm',
}

/** A word with a colour that says the same. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}">${text}</span>`
}

export function statusBadge({ t }: Pick<Visit, 't'>, status: Verification['status']): Html {
  return badge(TONES[status], t.statuses[status])
}

export function attemptTone(status: string): Tone {
  return ATTEMPT_TONES[status] ?? 'calm'
}

export function attemptBadge({ t }: Pick<Visit, 't'>, status: string): Html {
  return badge(attemptTone(status), (t.attempts.statuses as Record<string, string>)[status] ?? status)
}

/** Whether nothing about it will change any more. */
export function isOver({ status }: Pick<Verification, 'status'>): boolean {
  return !['pending', 'calling', 'delivered'].includes(status)
}
