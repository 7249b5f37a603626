import type { z } from '@hono/zod-openapi'
import type { Attempt, Verification } from '../draft/rows.ts'
import { publicId } from '../values/ids.ts'
import { toMoney } from '../values/money.ts'
import { formatPhone } from '../values/phone.ts'
import { isActive } from '../values/statuses.ts'
import { isCheckedByClient } from './client-code.ts'
import { failureInWords } from './failure.ts'
import { retryAt } from './retry-at.ts'
import type { AttemptView, VerificationDetailView, VerificationView } from './schemas.ts'
import { nextStep } from './workflow.ts'

const time = (value: Date | null) => value?.toISOString() ?? null

/** What a verification's `retry_at` depends on. */
export type Called = Parameters<typeof retryAt>[1][number]

/** A verification as clients see it. `attempts`: all of its own; unneeded once it has ended. */
export function presentVerification(row: Verification, attempts: readonly Called[]): VerificationView {
  return {
    id: publicId('verification', row.id),
    status: row.status,
    phone: row.phone,
    channel: row.channel,
    workflow: row.workflow,
    next_channel: isActive(row.status) ? (nextStep(row)?.channel ?? null) : null,
    next_at: time(row.nextAt),
    retry_at: time(retryAt(row, attempts)),
    code_length: row.codeLength,
    code_lengths: row.codeLengths ?? (row.codeLength === null ? [] : [row.codeLength]),
    caller_hint: row.callerHint,
    call_to: callToView(row),
    checked_by: isCheckedByClient(row) ? 'client' : 'service',
    checks_left: row.checksLeft,
    attempts: row.attempts,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    delivered_at: time(row.deliveredAt),
    completed_at: time(row.completedAt),
    failure: row.failureCode
      ? { code: row.failureCode, detail: failureInWords('en', row.failureCode) }
      : null,
    reference: row.reference,
    metadata: row.metadata,
    livemode: row.livemode,
  }
}

function callToView({ status, callTo, expiresAt }: Verification): VerificationView['call_to'] {
  if (!callTo || !isActive(status)) return null
  const { number } = callTo
  // A later call would approve nothing, though the operator still waits for it.
  const until = new Date(Math.min(Date.parse(callTo.expires_at), expiresAt.getTime()))
  return { number, uri: `tel:${number}`, display: formatPhone(number), expires_at: until.toISOString() }
}

export function presentDetail(
  row: Verification,
  attempts: Attempt[],
): z.infer<typeof VerificationDetailView> {
  return { ...presentVerification(row, attempts), attempts_detail: attempts.map(presentAttempt) }
}

function presentAttempt(row: Attempt): z.infer<typeof AttemptView> {
  return {
    id: publicId('attempt', row.id),
    channel: row.channel,
    provider: row.provider,
    status: row.status,
    caller_hint: row.callerHint,
    carrier: row.carrier,
    placed_at: time(row.placedAt),
    ended_at: time(row.endedAt),
    cost: row.costMicros === null ? null : toMoney(row.costMicros, row.costCurrency ?? 'RUB'),
  }
}
