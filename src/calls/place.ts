import { CHANNEL_FACTS } from '../channels/channels.ts'
import { hintFrom } from '../channels/hint.ts'
import { keepsCode } from '../channels/reached.ts'
import { author, type Context } from '../context.ts'
import { violatedConstraint } from '../db/client.ts'
import { change } from '../draft/change.ts'
import { type Draft, record } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import type { PlaceOutcome } from '../providers/provider.ts'
import type { JobPayload } from '../queue/jobs.ts'
import { operatorOf } from '../routing/operator.ts'
import type { Secrets } from '../secrets.ts'
import { publicId } from '../values/ids.ts'
import { CLAIM, type Claim, claim, dropCode, findAttempt, GRACE_MS, setCode } from './claim.ts'
import { poolOn } from './draw.ts'
import { follow, lookFor } from './follow.ts'
import { noteCarrier } from './followed.ts'
import { endTurnless, isInbound, showNumber, TURN_TAKEN } from './inbound.ts'
import { type End, endAttempt, endQuietly, isQuiet, NEXT_CALL, reported } from './outcome.ts'

/**
 * Requests the call of a queued attempt from an operator, at most once in the attempt's life: the claim is
 * committed before the request is sent, so a second job for the same attempt finds nothing to claim.
 */
export async function place(context: Context, job: JobPayload): Promise<void> {
  const startedAt = performance.now()
  const call = await claimCall(context, job)
  if (!call) return
  const outcome = await askOnce(context, call, startedAt)
  const { id } = call.account
  context.observations.add([{ kind: 'asked', accountId: id, fault: isOperatorFault(outcome) }])
  context.log.info(
    { attempt: publicId('attempt', job.attempt), provider: call.provider.name, outcome: outcome.kind },
    'call requested',
  )
  await concludeCall(context, job, call, outcome)
}

/** Commits the claim of a queued attempt. Null: nothing to do. */
export async function claimCall(
  context: Context,
  { verification, attempt }: JobPayload,
): Promise<Claim | null> {
  const base = { verificationId: verification, owner: null, author: author(context) }
  const { secrets, config } = context
  try {
    const claimed = await change(context, {
      ...base,
      needs: CLAIM,
      decide: (draft) => claim(draft, attempt, { secrets, publicUrl: config.PUBLIC_URL }),
    })
    return claimed.found ? claimed.result : null
  } catch (error) {
    if (violatedConstraint(error) !== TURN_TAKEN) throw error
    await change(context, {
      ...base,
      needs: ['costs'],
      decide: (draft) => endTurnless(draft, findAttempt(draft, attempt)),
    })
    return null
  }
}

/**
 * Sends the request, unless this process was delayed so long (frozen, starved) that others may already
 * consider it dead: then it sends nothing.
 */
function askOnce(context: Context, call: Claim, startedAt: number): Promise<PlaceOutcome> | PlaceOutcome {
  if (performance.now() - startedAt >= GRACE_MS) {
    return { kind: 'not_sent', detail: 'the worker was delayed before it could send the request' }
  }
  return operatorOf(context, call).place(call)
}

/** No answer, an unreliable one, or one that says the account cannot place calls at all. */
function isOperatorFault(outcome: PlaceOutcome): boolean {
  if (outcome.kind === 'placed') return false
  if (outcome.kind !== 'refused') return true
  return outcome.reason === 'unauthorized' || outcome.reason === 'unavailable' || outcome.reason === 'balance'
}

/**
 * Acts on the operator's answer. Locks the tenant's money, which all its calls wait for, only if another call
 * may follow.
 */
export async function concludeCall(
  context: Context,
  { verification, attempt: id }: JobPayload,
  call: Claim,
  outcome: PlaceOutcome,
): Promise<void> {
  const { secrets } = context
  const base = { verificationId: verification, owner: null, author: author(context) }
  const { detail } = outcome
  if (outcome.kind === 'unclear' && !isInbound(call)) {
    await change(context, {
      ...base,
      decide(draft) {
        const attempt = findPlacing(draft, id, outcome, secrets)
        if (!attempt) return
        if (outcome.isOfAnother) dropCode(draft, attempt)
        else if (outcome.code) setCode(draft, attempt, outcome.code, secrets)
        lookFor(draft, attempt, call.account.settings, detail)
      },
    })
  } else if (outcome.kind === 'placed' && (outcome.final === null || isQuiet(call.channel, outcome.final))) {
    const { final } = outcome
    await change(context, {
      ...base,
      needs: ['costs'],
      decide(draft) {
        const attempt = findPlacing(draft, id, outcome, secrets)
        if (!attempt) return
        const { provider, account } = call
        notePlaced(draft, attempt, outcome, call, secrets)
        if (final) endQuietly(draft, attempt, reported(final, detail))
        else follow(draft, attempt, provider, account.settings)
      },
    })
  } else {
    await change(context, {
      ...base,
      needs: NEXT_CALL,
      decide(draft) {
        const attempt = findPlacing(draft, id, outcome, secrets)
        if (!attempt) return
        if (outcome.kind === 'placed') notePlaced(draft, attempt, outcome, call, secrets)
        endAttempt(draft, attempt, endOf(outcome))
      },
    })
  }
}

/** An inbound call with an unclear start has failed: nobody learnt which number to call. */
function endOf(outcome: PlaceOutcome): End {
  const { detail } = outcome
  if (outcome.kind === 'refused') return { status: 'rejected', assumed: false, detail }
  if (outcome.kind === 'placed' && outcome.final) return reported(outcome.final, detail)
  return { status: 'failed', assumed: false, detail }
}

/** The attempt if it is still being placed; null if it was searched for in the meantime. */
function findPlacing(draft: Draft, id: string, outcome: PlaceOutcome, secrets: Secrets): Attempt | null {
  const attempt = findAttempt(draft, id)
  if (attempt?.status === 'placing') return attempt
  if (attempt) concludeLate(draft, attempt, outcome, secrets)
  return null
}

/**
 * The answer came after the attempt was found in the records or given up. A code in the answer is still
 * right.
 */
function concludeLate(draft: Draft, attempt: Attempt, outcome: PlaceOutcome, secrets: Secrets): void {
  const mayBeTyped = attempt.status === 'placed' || keepsCode(attempt.channel, attempt.status)
  if ('code' in outcome && mayBeTyped) {
    if (outcome.kind === 'placed') attempt.operatorCallId ??= outcome.callId
    if (outcome.code && !attempt.codeHash) setCode(draft, attempt, outcome.code, secrets)
  }
  record(draft, 'attempt.placed', { ...named(attempt), late: true, outcome: outcome.kind })
}

function notePlaced(
  draft: Draft,
  attempt: Attempt,
  { callId, callerHint, callTo, code, detail, carrier }: PlaceOutcome & { kind: 'placed' },
  call: Claim,
  secrets: Secrets,
): void {
  attempt.status = 'placed'
  attempt.placedAt = draft.now
  attempt.operatorCallId = callId
  noteCarrier(attempt, carrier)
  if (code) setCode(draft, attempt, code, secrets)
  if (callTo) showNumber(draft, attempt, callTo)
  const told = callerHint && { prefixes: [callerHint.prefix], number_length: callerHint.length }
  // Only what all numbers of a pool share: the operator may tell the one that calls.
  const pool = poolOn(call, attempt.channel)
  const caller = pool ? pool.caller : (told ?? call.account.settings.caller)
  if (caller && attempt.codeLength && CHANNEL_FACTS[attempt.channel].showsCaller) {
    attempt.callerHint = hintFrom(caller, attempt.codeLength)
    draft.verification.callerHint = attempt.callerHint
  }
  record(draft, 'attempt.placed', { ...named(attempt), operator_call: callId, detail })
}

const named = (attempt: Attempt) => ({
  attempt: publicId('attempt', attempt.id),
  provider: attempt.provider,
})
