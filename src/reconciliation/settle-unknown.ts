import { endHold, settle } from '../billing/charge.ts'
import { noteCost } from '../billing/cost.ts'
import { statusOn } from '../channels/reached.ts'
import { author, type Context } from '../context.ts'
import { violatedConstraint } from '../db/client.ts'
import { change } from '../draft/change.ts'
import { type Draft, record as recordEvent } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { ROW_TAKEN } from '../draft/save-live.ts'
import type { OperatorRecord } from '../providers/provider.ts'
import { publicId } from '../values/ids.ts'
import { isFinal } from '../verifications/state.ts'
import type { OwnCall } from './match.ts'

/**
 * Settles an unknown call from the operator's records. With a record, takes over its status and cost; without
 * one in complete records, releases the hold. An ended verification does not change. Resolves to
 * false if a later run must try again: the verification has not ended, or another call has adopted the record.
 */
export async function settleUnknown(
  context: Context,
  call: OwnCall,
  found: OperatorRecord | null,
): Promise<boolean> {
  try {
    return await settleFrom(context, call, found)
  } catch (error) {
    if (violatedConstraint(error) !== ROW_TAKEN) throw error
    context.log.info({ attempt: publicId('attempt', call.id) }, 'the record is of another call')
    return false
  }
}

async function settleFrom(
  context: Context,
  { id, verificationId }: OwnCall,
  found: OperatorRecord | null,
): Promise<boolean> {
  const changed = await change(context, {
    verificationId,
    owner: null,
    author: author(context),
    needs: ['costs'],
    decide(draft) {
      const attempt = draft.attempts.find((other) => other.id === id)
      // Another run has settled it.
      if (attempt?.status !== 'unknown') return true
      if (!isFinal(draft.verification.status)) return false
      if (found) close(draft, attempt, found)
      else if (attempt.charge === 'reserved') endHold(draft, attempt, 'release')
      return true
    },
  })
  return !changed.found || changed.result
}

function close(draft: Draft<'costs'>, attempt: Attempt, found: OperatorRecord): void {
  const { result, row, callId, at, detail } = found
  // Already matched, and the record says nothing new.
  if (attempt.operatorRow === row && !result) return
  attempt.status = result ? statusOn(attempt.channel, result.status) : 'unknown'
  attempt.statusDetail = detail
  attempt.assumed = false
  attempt.placedAt ??= at
  attempt.operatorRow = row
  attempt.operatorCallId ??= callId
  attempt.costMicros ??= result?.costMicros ?? null
  recordEvent(draft, 'attempt.status', {
    attempt: publicId('attempt', attempt.id),
    provider: attempt.provider,
    status: attempt.status,
    late: true,
    recorded_at: at.toISOString(),
    detail,
  })
  noteCost(draft, attempt)
  settle(draft)
  const wasCharged = attempt.status === 'unknown' && (attempt.costMicros ?? 0n) > 0n
  if (attempt.charge === 'reserved' && wasCharged) endHold(draft, attempt, 'capture')
}
