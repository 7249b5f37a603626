import { hasReached } from '../channels/reached.ts'
import { author, type Context } from '../context.ts'
import { change } from '../draft/change.ts'
import type { Draft } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import type { StatusOutcome } from '../providers/provider.ts'
import type { JobPayload } from '../queue/jobs.ts'
import { concludeAwaited } from './awaited.ts'
import { nextPoll } from './follow.ts'
import { ask, type Followed, giveUp, readFollowed, takeLook } from './followed.ts'
import { isInbound } from './inbound.ts'
import { endAttempt, endQuietly, isQuiet, NEXT_CALL, reported } from './outcome.ts'
import { isCodeOf } from './record-code.ts'

/** Polls the operator once about a placed call, then ends the attempt or queues the next poll. */
export async function poll(context: Context, job: JobPayload): Promise<void> {
  const { verification } = job
  const followed = await readFollowed(context, job)
  if (!followed) return giveUp(context, job)
  if (followed.attempt.status !== 'placed') return
  const told = await ask(context, followed)
  if (isInbound(followed.attempt)) return concludeAwaited(context, followed, told, { isPoll: true })
  const outcome = asShown(context, followed, told)
  const base = { verificationId: verification, owner: null, author: author(context) }
  if (outcome.kind === 'called') throw new Error('only an inbound call can be called')
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
        if (!attempt) return
        noteCaller(draft, attempt, told, { isReplaced: outcome !== told })
        endQuietly(draft, attempt, reported(result, detail))
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

/**
 * The outcome of a flash call whose number the route replaced: what the person saw is not the code, so nobody was
 * reached with it. The code stays right, since it may have been shown all the same.
 */
function asShown({ secrets }: Context, { attempt }: Followed, outcome: StatusOutcome): StatusOutcome {
  if (outcome.kind !== 'final' || attempt.channel !== 'flash_call') return outcome
  const { callerEnding, result } = outcome
  if (!hasReached(attempt.channel, result.status)) return outcome
  // The account's codes may have another length since the call began.
  const { codeLength } = attempt
  if (!callerEnding || !codeLength || callerEnding.length < codeLength) return outcome
  if (isCodeOf(secrets, attempt, callerEnding.slice(-codeLength)) !== false) return outcome
  return {
    kind: 'final',
    result: { ...result, status: 'unknown' },
    detail: 'the route replaced the calling number',
  }
}

/** Which number the operator says called; a route that replaces numbers delivers no codes, whatever rings. */
function noteCaller(
  draft: Draft,
  { accountId, channel }: Attempt,
  told: StatusOutcome,
  { isReplaced }: { isReplaced: boolean },
): void {
  const { livemode, phone } = draft.verification
  if (!livemode || !accountId || channel !== 'flash_call') return
  if (told.kind !== 'final' || !told.callerEnding || !hasReached(channel, told.result.status)) return
  draft.observations.push({ kind: 'caller_told', accountId, isReplaced })
  if (isReplaced) draft.observations.push({ kind: 'delivery', accountId, channel, phone, well: false })
}

/** The operator does not report an end yet: polls again until the call's time is over. */
function concludeOpen(
  draft: Draft<'costs'>,
  followed: Followed,
  outcome: StatusOutcome & { kind: 'open' | 'fault' },
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
  const status = outcome.kind === 'open' && can?.silentOutcome === 'no_answer' ? 'no_answer' : 'unknown'
  endQuietly(draft, attempt, { status, assumed: true, detail: outcome.detail })
}
