import { author, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import type { Draft } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import type { StatusOutcome } from '../providers/provider.ts'
import type { JobPayload } from '../queue/jobs.ts'
import { findAttempt } from './claim.ts'
import { nextPoll } from './follow.ts'
import { ask, type Followed, readFollowed } from './followed.ts'
import { conclude, isInbound, noteOtherCaller } from './inbound.ts'
import { endAttempt, NEXT_CALL, type NextCall, reported } from './outcome.ts'

/** Asks the operator about an inbound call at once, beside the polls, because of its notice. */
export async function check(context: Context, job: JobPayload): Promise<void> {
  const followed = await readFollowed(context, job)
  if (followed?.attempt.status !== 'placed' || !isInbound(followed.attempt)) return
  await concludeAwaited(context, followed, await ask(context, followed), { isPoll: false })
}

/**
 * Acts on the operator's answer about an inbound call. `isPoll`: whether a scheduled poll asked, which queues the
 * next one.
 * Takes the locks of a right code only to approve, and those for another call only to end the attempt.
 */
export async function concludeAwaited(
  context: Context,
  followed: Followed,
  outcome: StatusOutcome,
  { isPoll }: { isPoll: boolean },
): Promise<void> {
  const { attempt: seen, phone, now } = followed
  const base = { verificationId: seen.verificationId, owner: null, author: author(context) }
  if (outcome.kind === 'called' && outcome.by === phone) {
    const decide = (draft: Draft<'guesses' | 'costs'>) => whenPlaced(draft, seen, conclude, outcome)
    await change(context, { ...base, needs: ['guesses', 'costs'], decide })
    return
  }
  if (outcome.kind === 'final') {
    const { result, detail } = outcome
    const decide = (draft: Draft<NextCall>) => whenPlaced(draft, seen, endAttempt, reported(result, detail))
    await change(context, { ...base, needs: NEXT_CALL, decide })
    return
  }
  const { secrets } = context
  const note = (draft: Draft) => {
    const attempt = findAttempt(draft, seen.id)
    if (outcome.kind === 'called') noteOtherCaller(draft, attempt, { by: outcome.by, told: 'check', secrets })
    return isPoll && attempt?.status === 'placed' && attempt.looks === seen.looks ? attempt : null
  }
  if (seen.deadlineAt && seen.deadlineAt <= now) {
    const decide = (draft: Draft<NextCall>) => {
      const attempt = note(draft)
      // Silence proves nothing while polls fail.
      const status = outcome.kind === 'fault' ? 'unknown' : 'not_called'
      if (attempt) endAttempt(draft, attempt, { status, assumed: true, detail: outcome.detail })
    }
    await change(context, { ...base, needs: NEXT_CALL, decide })
    return
  }
  await change(context, {
    ...base,
    decide(draft) {
      const attempt = note(draft)
      if (!attempt) return
      attempt.looks += 1
      attempt.statusDetail = outcome.detail
      nextPoll(draft, attempt, followed.account.settings)
    },
  })
}

/** Ends a call only once: a poll and a notice may both bring the news. */
function whenPlaced<D extends Draft, End>(
  draft: D,
  { id }: Attempt,
  end: (draft: D, attempt: Attempt, end: End) => void,
  outcome: End,
): void {
  const attempt = findAttempt(draft, id)
  if (attempt?.status === 'placed') end(draft, attempt, outcome)
}
