import { author, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import type { Draft } from '../draft/draft.ts'
import { ProviderFault, type StatusOutcome } from '../providers/provider.ts'
import type { JobPayload } from '../queue/jobs.ts'
import type { RoutedAccount } from '../routing/routing.ts'
import { findAttempt } from './claim.ts'
import { nextPoll } from './follow.ts'
import { endAsReported, endAttempt, leadsOn } from './outcome.ts'
import type { Call } from './read-calls.ts'
import { recordWindow } from './record-window.ts'

/** An attempt with what is needed to ask its operator about it. */
export type Followed = RoutedAccount & Call

/** After this a call whose account cannot be used any more is given up. */
const GIVE_UP_MS = 600_000

/** The account of an open attempt is gone, or its credentials cannot be opened: in the end nobody can say what became of the call. */
export async function giveUp(context: Context, { verification, attempt: id }: JobPayload): Promise<void> {
  await change(context, {
    verificationId: verification,
    owner: null,
    author: author(context),
    needs: ['route', 'call'],
    decide(draft) {
      const attempt = findAttempt(draft, id)
      if (!attempt?.placingAt || attempt.endedAt !== null) return
      if (draft.now.getTime() - attempt.placingAt.getTime() < GIVE_UP_MS) return
      endAttempt(draft, attempt, { status: 'unknown', assumed: true, detail: 'its account cannot be used' })
    },
  })
}

/** Reads an attempt and its account without locking anything; null when either cannot be had. */
export async function readFollowed(context: Context, attemptId: string): Promise<Followed | null> {
  const call = await context.calls.submit(attemptId)
  const routed = call?.attempt.accountId ? await context.routing.account(call.attempt.accountId) : null
  return call && routed ? { ...routed, ...call } : null
}

/** Asks the operator once how a placed call stands, and ends the attempt or queues the next poll. */
export async function poll(
  context: Context,
  { verification, attempt: attemptId }: JobPayload,
): Promise<void> {
  const followed = await readFollowed(context, attemptId)
  if (!followed) return giveUp(context, { verification, attempt: attemptId })
  if (followed.attempt.status !== 'placed') return
  const outcome = await ask(followed)
  // Most polls queue no further call; its money, which all calls of the tenant wait for, is locked for those only that may.
  const mayCall = outcome.kind === 'final' && leadsOn(outcome.result.status)
  await change(context, {
    verificationId: verification,
    owner: null,
    author: author(context),
    needs: mayCall ? ['route', 'call'] : ['route'],
    decide: (draft) => concludePoll(draft, followed, outcome),
  })
}

async function ask({ provider, account, attempt, phone }: Followed): Promise<StatusOutcome> {
  const { operatorCallId: callId, operatorRow, placedAt, placingAt } = attempt
  if (callId && placedAt) return provider.status(account, { phone, callId, placedAt })
  if (!operatorRow || !placingAt) return { kind: 'open', detail: 'the operator gave the call no id' }
  // Adopted from records that name no call: the record itself tells the end.
  try {
    const { rows } = await provider.records(account, { ...recordWindow({ ...attempt, placingAt }), phone })
    const own = rows.find((row) => row.row === operatorRow)
    return own?.result
      ? { kind: 'final', result: own.result, detail: own.detail }
      : { kind: 'open', detail: own?.detail ?? 'the operator’s record is gone' }
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error
    return { kind: 'fault', detail: error.message }
  }
}

/** Draws the conclusions from one poll. Of two workers that asked at the same time, the second changes nothing. */
export function concludePoll(
  draft: Draft,
  { provider, account, attempt: seen }: Followed,
  outcome: StatusOutcome,
): void {
  const attempt = findAttempt(draft, seen.id)
  if (attempt?.status !== 'placed' || attempt.looks !== seen.looks) return
  const isOver = attempt.deadlineAt !== null && attempt.deadlineAt <= draft.now
  attempt.looks += 1
  attempt.statusDetail = outcome.detail
  if (outcome.kind === 'final') {
    endAsReported(draft, attempt, outcome.result, outcome.detail)
  } else if (isOver) {
    const { silentOutcome } = provider.capabilities(account.settings)
    // Silence proves nothing while the operator cannot be asked.
    const status = outcome.kind === 'fault' ? 'unknown' : silentOutcome
    endAttempt(draft, attempt, { status, assumed: true, detail: outcome.detail })
  } else {
    nextPoll(draft, attempt, account.settings)
  }
}
