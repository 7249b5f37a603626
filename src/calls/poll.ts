import { author, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import type { Draft } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { ProviderFault, type StatusOutcome } from '../providers/provider.ts'
import type { JobPayload } from '../queue/jobs.ts'
import type { RoutedAccount } from '../routing/routing.ts'
import { LIFETIME_SECONDS } from '../values/lifetimes.ts'
import { findAttempt } from './claim.ts'
import { nextPoll } from './follow.ts'
import { endAttempt, endQuietly, isQuiet, NEXT_CALL, reported } from './outcome.ts'
import type { Call } from './read-calls.ts'
import { recordWindow } from './record-window.ts'

/** An attempt with what is needed to ask its operator about it. */
export type Followed = RoutedAccount & Call

/** A call whose account cannot be used any more is given up after the longest lifetime: its code cannot be typed any longer. */
const GIVE_UP_MS = LIFETIME_SECONDS.max * 1000

/** The account of an open attempt is gone, or its credentials cannot be opened: in the end nobody can say what became of the call. */
export async function giveUp(context: Context, { verification, attempt: id }: JobPayload): Promise<void> {
  await change(context, {
    verificationId: verification,
    owner: null,
    author: author(context),
    needs: NEXT_CALL,
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
  // The tenant's money, which all its calls wait for, is locked only where another call may follow.
  await change(context, {
    ...base,
    needs: NEXT_CALL,
    decide(draft) {
      const attempt = takeLook(draft, followed, outcome)
      if (attempt) endAttempt(draft, attempt, reported(result, detail))
    },
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

/** The attempt that was asked about. Of two workers that asked at the same time, the second finds none. */
function takeLook(draft: Draft, { attempt: seen }: Followed, { detail }: StatusOutcome): Attempt | null {
  const attempt = findAttempt(draft, seen.id)
  if (attempt?.status !== 'placed' || attempt.looks !== seen.looks) return null
  attempt.looks += 1
  attempt.statusDetail = detail
  return attempt
}

/** The operator does not tell the end: asks again, until the call's time is over. */
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
  const { silentOutcome } = provider.capabilities(account.settings)
  // Silence proves nothing while the operator cannot be asked.
  const status = outcome.kind === 'fault' ? 'unknown' : silentOutcome
  endQuietly(draft, attempt, { status, assumed: true, detail: outcome.detail })
}
