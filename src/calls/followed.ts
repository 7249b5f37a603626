import { author, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import type { Draft } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import type { Carrier } from '../providers/carrier.ts'
import { ProviderFault, type StatusOutcome } from '../providers/provider.ts'
import type { JobPayload } from '../queue/jobs.ts'
import { operatorOf } from '../routing/operator.ts'
import type { RoutedAccount } from '../routing/routing.ts'
import { LIFETIME_SECONDS } from '../values/lifetimes.ts'
import { isActive } from '../values/statuses.ts'
import { findAttempt } from './claim.ts'
import { endAttempt, NEXT_CALL, resultOn } from './outcome.ts'
import type { Call } from './read-calls.ts'
import { recordWindow } from './record-window.ts'

/** An attempt with its call, account and adapter. */
export type Followed = RoutedAccount & Call

/**
 * Ends an open attempt as unknown after the longest lifetime, when its code can no longer be typed: its account
 * is gone or its credentials cannot be opened.
 */
export async function giveUp(context: Context, { verification, attempt: id }: JobPayload): Promise<void> {
  await change(context, {
    verificationId: verification,
    owner: null,
    author: author(context),
    needs: NEXT_CALL,
    decide(draft) {
      const attempt = findAttempt(draft, id)
      if (!attempt?.placingAt || attempt.endedAt !== null) return
      const { max, maxWithWorkflow } = LIFETIME_SECONDS
      const longestMs = (draft.verification.workflow ? maxWithWorkflow : max) * 1000
      if (draft.now.getTime() - attempt.placingAt.getTime() < longestMs) return
      endAttempt(draft, attempt, { status: 'unknown', assumed: true, detail: 'its account cannot be used' })
    },
  })
}

/** Reads an attempt and its account without locks; null if either is missing. */
export async function readFollowed(
  context: Context,
  { verification, attempt }: JobPayload,
): Promise<Followed | null> {
  const call = await context.calls.submit({ verification, attempt })
  const routed = call?.attempt.accountId ? await context.routing.account(call.attempt.accountId) : null
  return call && routed ? { ...routed, ...call } : null
}

/** Asks the operator once how a placed call ended. */
export async function ask(
  context: Context,
  { attempt, phone, verificationStatus, ...routed }: Followed,
): Promise<StatusOutcome> {
  const operator = operatorOf(context, routed)
  const { channel, operatorCallId: callId, operatorRow, placedAt, placingAt } = attempt
  if (callId && placedAt) {
    const isUnwanted = !isActive(verificationStatus)
    return operator.status({ channel, phone, callId, placedAt }, { isUnwanted })
  }
  if (!operatorRow || !placingAt) return { kind: 'open', detail: 'the operator gave the call no id' }
  // Adopted from records without call ids: the record itself says how the call ended.
  try {
    const { rows } = await operator.records({ ...recordWindow({ ...attempt, placingAt }), phone })
    const own = rows.find((row) => row.row === operatorRow)
    return own?.result
      ? { kind: 'final', result: resultOn(channel, own.result), detail: own.detail }
      : { kind: 'open', detail: own?.detail ?? 'the operator’s record is gone' }
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error
    return { kind: 'fault', detail: error.message }
  }
}

/** The polled attempt. If two workers poll at the same time, the second gets null. */
export function takeLook(draft: Draft, { attempt: seen }: Followed, outcome: StatusOutcome): Attempt | null {
  const attempt = findAttempt(draft, seen.id)
  if (attempt?.status !== 'placed' || attempt.looks !== seen.looks) return null
  attempt.looks += 1
  attempt.statusDetail = outcome.detail
  if ('carrier' in outcome) noteCarrier(attempt, outcome.carrier)
  return attempt
}

/** Keeps the network of the phone, as the attempt's operator named it first. */
export function noteCarrier(attempt: Attempt, carrier: Carrier | null | undefined): void {
  if (carrier && attempt.provider) attempt.carrier ??= { ...carrier, source: attempt.provider }
}
