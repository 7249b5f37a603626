import { author } from '../context.ts'
import { change } from '../draft/change.ts'
import { type Draft, record } from '../draft/draft.ts'
import { AppError } from '../errors.ts'
import { parseId, publicId } from '../values/ids.ts'
import type { AttemptStatus, VerificationStatus } from '../values/statuses.ts'
import { openCode } from '../verifications/client-code.ts'
import { expire, isFinal, isOverdue } from '../verifications/state.ts'
import { say } from '../words/text.ts'
import type { DoorContext } from './context.ts'
import type { Seen, Watch } from './watch.ts'

/** How long to wait, in milliseconds. */
export type Within = { timeoutMs: number }

/** No call is left that could bring a code, and why: `failure` is one of `FAILURE_CODES`, or null. */
export type Ended = { kind: 'ended'; status: VerificationStatus; failure: string | null }
export type AwaitedCode = { kind: 'code'; code: string } | Ended | { kind: 'late' }
export type AwaitedEnd =
  | { kind: 'ended'; status: VerificationStatus; attempt: AttemptStatus | null }
  | { kind: 'late' }

/**
 * The code of a verification (public id) that this credential started, once its call is placed; at the deadline, also
 * a code whose operator has been asked but has not answered. The first disclosure commits the event `code.disclosed`
 * before this resolves; from then on every call carries this code. Throws 404 for any other verification, and 401 once
 * the credential is revoked.
 */
export type AwaitCode = (context: DoorContext, verificationId: string, within: Within) => Promise<AwaitedCode>

/**
 * The end of the current call of a verification (public id) that this credential started: `attempt` is its status,
 * and `status` that of the verification. Throws 404 for any other, and 401 once the credential is revoked.
 */
export type AwaitEnd = (context: DoorContext, verificationId: string, within: Within) => Promise<AwaitedEnd>

/**
 * Resolves once the person can be told the number to call (`call_to`), the verification has ended, or `within` is
 * over. Throws as `AwaitEnd` does.
 */
export type AwaitNumber = (context: DoorContext, verificationId: string, within: Within) => Promise<void>

/** The current call may still be refused, and the next one may have another code. */
const isUnplaced = ({ attemptStatus }: Seen) => attemptStatus === 'queued' || attemptStatus === 'placing'

export async function awaitCode(
  watch: Watch,
  context: DoorContext,
  verificationId: string,
  { timeoutMs }: Within,
): Promise<AwaitedCode> {
  const own = ownOf(context, verificationId)
  const until = performance.now() + timeoutMs
  const isReady = (seen: Seen) =>
    isFinal(seen.status) || (seen.hasCode && seen.wasPlaced && !isUnplaced(seen))
  for (;;) {
    const seen = await watch.until(own, until - performance.now(), isReady)
    if (!seen) throw unknown()
    // At the deadline the operator may have dialled, though it has not answered.
    const mayRing = seen.hasCode && seen.attemptStatus === 'placing'
    const result = isReady(seen) || mayRing ? await disclose(context, own.id) : null
    if (result) return result
    if (performance.now() >= until) return { kind: 'late' }
  }
}

export async function awaitEnd(
  watch: Watch,
  context: DoorContext,
  verificationId: string,
  { timeoutMs }: Within,
): Promise<AwaitedEnd> {
  const isReady = (seen: Seen) => isFinal(seen.status) || seen.attemptEnded === true
  const seen = await watch.until(ownOf(context, verificationId), timeoutMs, isReady)
  if (!seen) throw unknown()
  return isReady(seen)
    ? { kind: 'ended', status: seen.status, attempt: seen.attemptStatus }
    : { kind: 'late' }
}

export async function awaitNumber(
  watch: Watch,
  context: DoorContext,
  verificationId: string,
  { timeoutMs }: Within,
): Promise<void> {
  const isReady = ({ status, hasNumber }: Seen) => isFinal(status) || hasNumber
  if (!(await watch.until(ownOf(context, verificationId), timeoutMs, isReady))) throw unknown()
}

/** The code, or that it has ended; null while there is no code. */
async function disclose(context: DoorContext, verificationId: string): Promise<AwaitedCode | null> {
  const { actor, secrets } = context
  const changed = await change(context, {
    verificationId,
    owner: actor,
    author: author(context),
    decide(draft): AwaitedCode | null {
      const { verification } = draft
      if (isOverdue(draft)) expire(draft)
      const { status, failureCode } = verification
      if (isFinal(status)) return { kind: 'ended', status, failure: failureCode }
      const code = openCode(verification, secrets)
      if (code === null) return null
      noteDisclosed(draft, actor.credentialId)
      return { kind: 'code', code }
    },
  })
  if (!changed.found) throw unknown()
  return changed.result
}

function noteDisclosed(draft: Draft, credentialId: string): void {
  const { verification, now } = draft
  if (verification.codeKnownAt !== null) return
  verification.codeKnownAt = now
  record(draft, 'code.disclosed', { credential: publicId('compat', credentialId) })
}

function ownOf({ actor: { tenantId, credentialId } }: DoorContext, verificationId: string) {
  const id = parseId('verification', verificationId)
  if (!id) throw unknown()
  return { id, tenantId, credentialId }
}

const unknown = () => new AppError('not_found', { detail: say('unknown_verification') })
