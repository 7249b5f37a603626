import { randomInt } from 'node:crypto'
import { publicId } from '../ids.ts'
import { type Choice, chooseAccount } from '../routing/next-account.ts'
import type { RoutedAccount } from '../routing/routing.ts'
import type { Secrets } from '../secrets.ts'
import { type Attempt, type Draft, record } from '../verifications/draft.ts'
import { expire, fail, isOverdue, toCalling } from '../verifications/state.ts'
import { closeAttempt, failureOf } from './outcome.ts'
import { queueAgain } from './queue-attempt.ts'

/** A call that this worker, and no other, is to ask for. `code` is held in memory only. */
export type Claim = Pick<RoutedAccount, 'provider' | 'account'> & { phone: string; code: string | null }

/** After this beyond the request's own timeout, whoever claimed the attempt is taken for dead. */
export const GRACE_MS = 3000

export function findAttempt(draft: Draft, attemptId: string): Attempt | null {
  return draft.attempts.find((attempt) => attempt.id === attemptId) ?? null
}

/** When a claimed attempt without an answer counts as unclear. */
export function claimEnds(placingAt: Date, placeTimeoutMs: number): Date {
  return new Date(placingAt.getTime() + placeTimeoutMs + GRACE_MS)
}

/** Takes a queued attempt for one call: chooses its account, and its code where the code is ours. Null: nothing to do. */
export function claim(draft: Draft, attemptId: string, secrets: Secrets): Claim | null {
  const attempt = findAttempt(draft, attemptId)
  if (attempt?.status !== 'queued') return null
  if (isOverdue(draft)) {
    expire(draft)
    return null
  }
  if (!draft.access) throw new Error('the change did not ask for access')
  const choice = chooseAccount(draft.route, draft.attempts, attempt.round, draft.access)
  if (choice.kind === 'wait') {
    queueAgain(draft, attempt)
    return null
  }
  if (choice.kind === 'none') {
    endUnplaced(draft, attempt, choice.why)
    return null
  }
  draft.access.use(choice.routed)
  const { provider, account } = choice.routed
  const { codeOrigin, codeLength, placeTimeoutMs } = provider.capabilities(account.settings)
  attempt.status = 'placing'
  attempt.accountId = account.id
  attempt.provider = provider.name
  attempt.placingAt = draft.now
  attempt.dueAt = claimEnds(draft.now, placeTimeoutMs)
  draft.verification.attempts += 1
  record(draft, 'attempt.placing', {
    attempt: publicId('attempt', attempt.id),
    provider: provider.name,
    account: publicId('account', account.id),
  })
  toCalling(draft)
  const code = codeOrigin === 'ours' ? randomCode(codeLength) : null
  if (code) setCode(draft, attempt, code, secrets)
  return { provider, account, phone: draft.verification.phone, code }
}

/** Nothing can be asked: the verification fails for that reason, or for the one that the call before it ended with. */
function endUnplaced(draft: Draft, attempt: Attempt, why: (Choice & { kind: 'none' })['why']): void {
  const before = draft.attempts.findLast((other) => other !== attempt && other.round === attempt.round)
  fail(draft, why === 'no_route' ? 'no_route' : before ? failureOf(before) : 'rejected')
  // Failing releases the attempt; a delivered verification does not fail.
  if (attempt.endedAt !== null) return
  closeAttempt(draft, attempt, { status: 'failed', assumed: false, detail: UNPLACED[why] })
}

const UNPLACED = {
  no_route: 'no account serves this phone',
  all_asked: 'no further account is free for this phone',
  no_balance: 'no operator account can pay for a call',
}

/** From now on `code` is right for the verification. Only its keyed hash is kept. */
export function setCode(draft: Draft, attempt: Attempt, code: string, secrets: Secrets): void {
  attempt.codeHash = secrets.hashCode(draft.verification.id, code)
  attempt.codeLength = code.length
  draft.verification.codeLength = code.length
}

function randomCode(length: number): string {
  return Array.from({ length }, () => randomInt(10)).join('')
}
