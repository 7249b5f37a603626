import { author, type Context } from '../context.ts'
import { violatedConstraint } from '../db/client.ts'
import { change } from '../draft/change.ts'
import { type Draft, record } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { ROW_TAKEN } from '../draft/save-live.ts'
import type { JobPayload } from '../queue/jobs.ts'
import type { Secrets } from '../secrets.ts'
import { publicId } from '../values/ids.ts'
import { claimEnds, findAttempt, setCode } from './claim.ts'
import { follow, lookFor, nextSearch, nextSearchAt } from './follow.ts'
import { type Followed, giveUp, readFollowed } from './followed.ts'
import { isInbound } from './inbound.ts'
import { endAttempt, endUnproven, NEXT_CALL, type NextCall, reported, resultOn } from './outcome.ts'
import { codeIn } from './record-code.ts'
import { type Finding, search } from './search-records.ts'

/**
 * Searches the operator's records for a call whose answer was lost, and adopts it or searches again later.
 */
export async function adopt(context: Context, { verification, attempt }: JobPayload): Promise<void> {
  const followed = await readFollowed(context, { verification, attempt })
  if (!followed) return giveUp(context, { verification, attempt })
  if (followed.attempt.status !== 'placing') return
  const base = {
    verificationId: verification,
    owner: null,
    author: author(context),
  }
  if (isInbound(followed.attempt)) {
    await change(context, { ...base, needs: NEXT_CALL, decide: (draft) => endLost(draft, followed) })
    return
  }
  if (!followed.attempt.unclearAt) {
    await change(context, { ...base, decide: (draft) => noticeDeadWorker(draft, followed) })
    return
  }
  const finding = await search(context, followed)
  const decide = (found: Finding) => (draft: Draft<NextCall>) =>
    concludeSearch(draft, followed, found, context.secrets)
  try {
    await change(context, { ...base, needs: NEXT_CALL, decide: decide(finding) })
  } catch (error) {
    if (violatedConstraint(error) !== ROW_TAKEN) throw error
    // Another attempt adopted the record at the same moment.
    await change(context, { ...base, needs: NEXT_CALL, decide: decide({ kind: 'none' }) })
  }
}

/** A claim still unanswered after its time: the worker died, before or after sending the request. */
function noticeDeadWorker(draft: Draft, { provider, account, attempt: seen }: Followed): void {
  const attempt = findAttempt(draft, seen.id)
  if (attempt?.status !== 'placing' || attempt.unclearAt || !attempt.placingAt) return
  const { placeTimeoutMs } = provider.capabilities(account.settings)
  if (claimEnds(attempt.placingAt, placeTimeoutMs) > draft.now) return
  lookFor(draft, attempt, account.settings, 'the worker that requested the call died')
}

/** The answer to the start of an inbound call is lost, and with it the number: nobody can call it. */
function endLost(draft: Draft<NextCall>, { provider, account, attempt: seen }: Followed): void {
  const attempt = findAttempt(draft, seen.id)
  if (attempt?.status !== 'placing' || !attempt.placingAt) return
  const { placeTimeoutMs } = provider.capabilities(account.settings)
  if (claimEnds(attempt.placingAt, placeTimeoutMs) > draft.now) return
  endAttempt(draft, attempt, {
    status: 'failed',
    assumed: false,
    detail: 'the worker that requested the number died',
  })
}

function concludeSearch(
  draft: Draft<NextCall>,
  followed: Followed,
  finding: Finding,
  secrets: Secrets,
): void {
  const { provider, account, attempt: seen } = followed
  const attempt = findAttempt(draft, seen.id)
  if (attempt?.status !== 'placing' || attempt.looks !== seen.looks) return
  // A duplicate or early job must not use up searches before the operator has written its records.
  if (finding.kind !== 'one' && nextSearchAt(attempt, account.settings) > draft.now) return
  attempt.looks += 1
  if (finding.kind !== 'one') {
    if (nextSearch(draft, attempt, account.settings)) return
    concludeLast(draft, attempt, finding.kind)
    return
  }
  const { row, callId, result, detail } = finding.record
  const code = codeIn(finding.record, attempt.channel)
  attempt.status = 'placed'
  attempt.placedAt = draft.now
  attempt.operatorCallId = callId
  attempt.operatorRow = row
  if (code) setCode(draft, attempt, code, secrets)
  record(draft, 'attempt.adopted', {
    attempt: publicId('attempt', attempt.id),
    provider: attempt.provider,
    operator_call: callId,
    recorded_at: finding.at.toISOString(),
    detail,
  })
  if (result) endAttempt(draft, attempt, reported(resultOn(attempt.channel, result), detail))
  else follow(draft, attempt, provider, account.settings)
}

/**
 * Concludes the last search. Several matching records mean that the phone was called, so no account calls
 * again.
 */
function concludeLast(draft: Draft<NextCall>, attempt: Attempt, found: keyof typeof UNPROVEN): void {
  if (found === 'several') endUnproven(draft, attempt, UNPROVEN[found])
  else endAttempt(draft, attempt, { status: 'unknown', assumed: true, detail: UNPROVEN[found] })
}

const UNPROVEN = {
  none: 'the answer was lost, and the operator’s records do not contain the call',
  several: 'several of the operator’s records match this call',
  unreadable: 'the answer was lost, and the operator’s records could not be read',
}
