import { hasReached } from '../channels/reached.ts'
import { author, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import type { Draft } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { ProviderFault, type StatusOutcome } from '../providers/provider.ts'
import type { JobPayload } from '../queue/jobs.ts'
import { operatorOf } from '../routing/operator.ts'
import type { RoutedAccount } from '../routing/routing.ts'
import { LIFETIME_SECONDS } from '../values/lifetimes.ts'
import { findAttempt } from './claim.ts'
import { nextPoll } from './follow.ts'
import { endAttempt, endQuietly, isQuiet, NEXT_CALL, reported, resultOn } from './outcome.ts'
import type { Call } from './read-calls.ts'
import { isCodeOf } from './record-code.ts'
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
export async function readFollowed(context: Context, attemptId: string): Promise<Followed | null> {
  const call = await context.calls.submit(attemptId)
  const routed = call?.attempt.accountId ? await context.routing.account(call.attempt.accountId) : null
  return call && routed ? { ...routed, ...call } : null
}

/** Polls the operator once about a placed call, then ends the attempt or queues the next poll. */
export async function poll(
  context: Context,
  { verification, attempt: attemptId }: JobPayload,
): Promise<void> {
  const followed = await readFollowed(context, attemptId)
  if (!followed) return giveUp(context, { verification, attempt: attemptId })
  if (followed.attempt.status !== 'placed') return
  const told = await ask(context, followed)
  const outcome = asShown(context, followed, told)
  if (outcome !== told) noteReplaced(context, followed)
  const base = { verificationId: verification, owner: null, author: author(context) }
  if (outcome.kind !== 'final') {
    const decide = (draft: Draft<'costs'>) => concludeOpen(draft, followed, outcome)
    await change(context, { ...base, needs: ['costs'], decide })
    return
  }
  const { result, detail } = outcome
  if (isQuiet(followed.attempt.channel, result)) {
    await change(context, {
      ...base,
      needs: ['costs'],
      decide(draft) {
        const attempt = takeLook(draft, followed, outcome)
        if (attempt) endQuietly(draft, attempt, reported(result, detail))
      },
    })
    return
  }
  // All calls of a tenant wait for the lock on its money, so take it only if another call may follow.
  await change(context, {
    ...base,
    needs: NEXT_CALL,
    decide(draft) {
      const attempt = takeLook(draft, followed, outcome)
      if (attempt) endAttempt(draft, attempt, reported(result, detail))
    },
  })
}

async function ask(context: Context, { attempt, phone, ...routed }: Followed): Promise<StatusOutcome> {
  const operator = operatorOf(context, routed)
  const { channel, operatorCallId: callId, operatorRow, placedAt, placingAt } = attempt
  if (callId && placedAt) return operator.status({ channel, phone, callId, placedAt })
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

/**
 * The outcome of a flash call whose number the route replaced: what the person saw is not the code, so nobody was
 * reached with it. The code stays right, since it may have been shown all the same.
 */
function asShown({ secrets }: Context, { attempt }: Followed, outcome: StatusOutcome): StatusOutcome {
  if (outcome.kind !== 'final' || attempt.channel !== 'flash_call') return outcome
  const { callerEnding, result } = outcome
  if (!hasReached(attempt.channel, result.status)) return outcome
  if (!callerEnding || isCodeOf(secrets, attempt, callerEnding) !== false) return outcome
  return {
    kind: 'final',
    result: { ...result, status: 'unknown' },
    detail: 'the route replaced the calling number',
  }
}

/** A route that replaces numbers delivers no codes, whatever rings. */
function noteReplaced({ observations }: Context, { attempt, phone, livemode }: Followed): void {
  const { accountId, channel } = attempt
  if (!livemode || !accountId) return
  observations.add([{ kind: 'delivery', accountId, channel, phone, well: false }])
}

/** The polled attempt. If two workers poll at the same time, the second gets null. */
function takeLook(draft: Draft, { attempt: seen }: Followed, { detail }: StatusOutcome): Attempt | null {
  const attempt = findAttempt(draft, seen.id)
  if (attempt?.status !== 'placed' || attempt.looks !== seen.looks) return null
  attempt.looks += 1
  attempt.statusDetail = detail
  return attempt
}

/** The operator does not report an end yet: polls again until the call's time is over. */
function concludeOpen(
  draft: Draft<'costs'>,
  followed: Followed,
  outcome: Exclude<StatusOutcome, { kind: 'final' }>,
): void {
  const attempt = takeLook(draft, followed, outcome)
  if (!attempt) return
  const { provider, account } = followed
  if (attempt.deadlineAt === null || attempt.deadlineAt > draft.now) {
    nextPoll(draft, attempt, account.settings)
    return
  }
  const can = provider.capabilities(account.settings).channels[attempt.channel]
  // Silence proves nothing while polls fail.
  const status = outcome.kind === 'fault' ? 'unknown' : (can?.silentOutcome ?? 'unknown')
  endQuietly(draft, attempt, { status, assumed: true, detail: outcome.detail })
}
