import { author, type Context } from '../context.ts'
import { publicId } from '../ids.ts'
import type { PlaceOutcome } from '../providers/provider.ts'
import type { JobPayload } from '../queue/jobs.ts'
import type { Secrets } from '../secrets.ts'
import { change } from '../verifications/change.ts'
import { type Attempt, type Draft, record } from '../verifications/draft.ts'
import { type Claim, claim, findAttempt, GRACE_MS, setCode } from './claim.ts'
import { follow, lookFor } from './follow.ts'
import { endAsReported, endAttempt, keepsCode, leadsOn } from './outcome.ts'

/**
 * Asks an operator for the call of a queued attempt, at most once in the attempt's life: the claim is committed before
 * the request is sent. A second job for the same attempt finds nothing to claim.
 */
export async function place(context: Context, { verification, attempt }: JobPayload): Promise<void> {
  const base = {
    verificationId: verification,
    owner: null,
    author: author(context),
  }
  const startedAt = performance.now()
  const claimed = await change(context, {
    ...base,
    needs: ['route', 'access'],
    decide: (draft) => claim(draft, attempt, context.secrets),
  })
  const call = claimed.found ? claimed.result : null
  if (!call) return
  const outcome = await askOnce(call, startedAt)
  const { id } = call.account
  context.observations.add([{ kind: 'asked', accountId: id, fault: isOperatorFault(outcome) }])
  context.log.info(
    { attempt: publicId('attempt', attempt), provider: call.provider.name, outcome: outcome.kind },
    'call asked for',
  )
  await change(context, {
    ...base,
    needs: mayCallAgain(outcome) ? ['route', 'call'] : ['route'],
    decide: (draft) => conclude(draft, attempt, call, outcome, context.secrets),
  })
}

/**
 * Sends the request, unless this process was held up for so long (frozen, starved) that the attempt may have been given up
 * for dead meanwhile: then it certainly sends nothing.
 */
function askOnce(call: Claim, startedAt: number): Promise<PlaceOutcome> | PlaceOutcome {
  if (performance.now() - startedAt >= GRACE_MS) {
    return { kind: 'not_sent', detail: 'the worker was held up before it could ask' }
  }
  return call.provider.place(call.account, { phone: call.phone, code: call.code })
}

/** Whether the outcome may lead to the next account. */
function mayCallAgain(outcome: PlaceOutcome): boolean {
  if (outcome.kind !== 'placed') return true
  return outcome.final !== null && leadsOn(outcome.final.status)
}

/** No answer, none to be believed, or one that says that the account cannot call at all. */
function isOperatorFault(outcome: PlaceOutcome): boolean {
  if (outcome.kind === 'placed') return false
  if (outcome.kind !== 'refused') return true
  return outcome.reason === 'unauthorized' || outcome.reason === 'unavailable' || outcome.reason === 'balance'
}

/** Draws the conclusions from the operator's answer. */
export function conclude(
  draft: Draft,
  attemptId: string,
  call: Claim,
  outcome: PlaceOutcome,
  secrets: Secrets,
): void {
  const attempt = findAttempt(draft, attemptId)
  if (attempt?.status !== 'placing') {
    if (attempt) concludeLate(draft, attempt, outcome, secrets)
    return
  }
  switch (outcome.kind) {
    case 'placed':
      concludePlaced(draft, attempt, call, outcome, secrets)
      return
    case 'refused':
      endAttempt(draft, attempt, { status: 'rejected', assumed: false, detail: outcome.detail })
      return
    case 'not_sent':
      endAttempt(draft, attempt, { status: 'failed', assumed: false, detail: outcome.detail })
      return
    case 'unclear':
      if (outcome.code) setCode(draft, attempt, outcome.code, secrets)
      lookFor(draft, attempt, call.account.settings, outcome.detail)
  }
}

/** The answer came so late that the attempt was already looked for, and found or given up. A code in it is right all the same. */
function concludeLate(draft: Draft, attempt: Attempt, outcome: PlaceOutcome, secrets: Secrets): void {
  const mayBeTyped = attempt.status === 'placed' || keepsCode(attempt.status)
  if ('code' in outcome && mayBeTyped) {
    if (outcome.kind === 'placed') attempt.operatorCallId ??= outcome.callId
    if (outcome.code && !attempt.codeHash) setCode(draft, attempt, outcome.code, secrets)
  }
  record(draft, 'attempt.placed', { ...named(attempt), late: true, outcome: outcome.kind })
}

function concludePlaced(
  draft: Draft,
  attempt: Attempt,
  { provider, account }: Claim,
  outcome: PlaceOutcome & { kind: 'placed' },
  secrets: Secrets,
): void {
  attempt.status = 'placed'
  attempt.placedAt = draft.now
  attempt.operatorCallId = outcome.callId
  attempt.callerHint = outcome.callerHint
  if (outcome.callerHint) draft.verification.callerHint = outcome.callerHint
  if (outcome.code) setCode(draft, attempt, outcome.code, secrets)
  record(draft, 'attempt.placed', {
    ...named(attempt),
    operator_call: outcome.callId,
    detail: outcome.detail,
  })
  if (outcome.final) endAsReported(draft, attempt, outcome.final, outcome.detail)
  else follow(draft, attempt, provider.capabilities(account.settings), account.settings)
}

const named = (attempt: Attempt) => ({
  attempt: publicId('attempt', attempt.id),
  provider: attempt.provider,
})
