import type { z } from '@hono/zod-openapi'
import type { Channel } from '../../channels/channels.ts'
import { hasReached } from '../../channels/reached.ts'
import { type Html, html } from '../../html/html.ts'
import { type AttemptStatus, type FINAL_STATUSES, isActive } from '../../values/statuses.ts'
import type { AttemptView, VerificationView } from '../../verifications/schemas.ts'
import type { Visit } from '../visit.ts'

export type Verification = z.infer<typeof VerificationView>
export type AttemptRow = z.infer<typeof AttemptView>
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'calm'

const FINAL_TONES: Record<(typeof FINAL_STATUSES)[number], Tone> = {
  approved: 'good',
  locked: 'bad',
  failed: 'bad',
  expired: 'warn',
  cancelled: 'calm',
  denied: 'warn',
}

/** For attempts that ended without reaching the phone; an open attempt is `busy`. */
const UNREACHED_TONES: Record<string, Tone> = {
  unreachable: 'bad',
  no_such_number: 'bad',
  not_called: 'bad',
  rejected: 'bad',
  failed: 'bad',
  unknown: 'warn',
  released: 'calm',
}

/** A word on a colour of the same meaning. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}">${text}</span>`
}

export function statusBadge({ t }: Pick<Visit, 't'>, status: Verification['status']): Html {
  return badge(isActive(status) ? 'busy' : FINAL_TONES[status], t.statuses[status])
}

type Attempt = { channel: Channel; status: string }

export function attemptTone({ channel, status }: Attempt): Tone {
  if (hasReached(channel, status as AttemptStatus)) return 'good'
  return UNREACHED_TONES[status] ?? 'busy'
}

export function attemptBadge({ t }: Pick<Visit, 't'>, attempt: Attempt): Html {
  const { status } = attempt
  return badge(attemptTone(attempt), (t.attempts.statuses as Record<string, string>)[status] ?? status)
}

/** Whether the status is final. */
export function isOver({ status }: Pick<Verification, 'status'>): boolean {
  return !isActive(status)
}
