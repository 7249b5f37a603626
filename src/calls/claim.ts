import type { Channel, TextKind } from '../channels/channels.ts'
import { poolOf } from '../channels/pool.ts'
import { type Draft, record, setDue } from '../draft/draft.ts'
import type { Attempt } from '../draft/rows.ts'
import { chanceOfOne } from '../limits/chance.ts'
import { codeLengthOf } from '../providers/code-length.ts'
import { chooseAccount, type HeldBack } from '../routing/next-account.ts'
import type { RoutedAccount } from '../routing/routing.ts'
import type { Secrets } from '../secrets.ts'
import { textFor } from '../texts/render.ts'
import { publicId } from '../values/ids.ts'
import { boundCode, keepForClient } from '../verifications/client-code.ts'
import { addLengths, newCode } from '../verifications/code.ts'
import { failureOf } from '../verifications/failure.ts'
import { endStep, expire, isOverdue, toCalling } from '../verifications/state.ts'
import { drawNumbers } from './draw.ts'
import { queueAgain } from './follow.ts'
import { isInbound, takeTurn } from './inbound.ts'
import { closeAttempt, isStillOpen } from './outcome.ts'

/** A call that only this worker may request. `code`, `text` with it, and `callerId` exist only in memory. */
export type Claim = Pick<RoutedAccount, 'provider' | 'account' | 'stop'> & {
  attemptId: string
  phone: string
  channel: Channel
  code: string | null
  text: string | null
  webhook: string | null
  callerId?: string
}

/**
 * How long after the request's timeout the worker that claimed the attempt counts as dead, in milliseconds.
 */
export const GRACE_MS = 3000

export function findAttempt(draft: Draft, attemptId: string): Attempt | null {
  return draft.attempts.find((attempt) => attempt.id === attemptId) ?? null
}

/** When a claimed attempt without an answer counts as unclear. */
export function claimEnds(placingAt: Date, placeTimeoutMs: number): Date {
  return new Date(placingAt.getTime() + placeTimeoutMs + GRACE_MS)
}

/** The slices that a claim needs. */
export const CLAIM = ['access', 'costs', 'texts'] as const
type ClaimNeed = (typeof CLAIM)[number]

/**
 * Claims a queued attempt: chooses its account, its code or the number to call from if we choose them, and writes
 * its text if the operator takes one. Null: nothing to do. `publicUrl`: where operators reach this installation.
 */
export function claim(
  draft: Draft<ClaimNeed>,
  attemptId: string,
  { secrets, publicUrl }: { secrets: Secrets; publicUrl: string | undefined },
): Claim | null {
  const attempt = findAttempt(draft, attemptId)
  if (attempt?.status !== 'queued') return null
  if (isOverdue(draft)) {
    expire(draft)
    return null
  }
  const until = waitsUntil(draft, attempt)
  const { access } = draft
  const bound = boundCode(draft, attempt, secrets)
  const numbers = drawNumbers(draft, attempt, secrets, bound)
  const { check } = numbers
  const choice = chooseAccount(access.route, draft.attempts, attempt, { ...access, check }, until)
  if (choice.kind === 'wait') {
    attempt.deadlineAt = choice.isAtLimit ? null : until.resting
    queueAgain(draft, attempt)
    return null
  }
  attempt.deadlineAt = null
  if (choice.kind === 'none') {
    endUnplaced(draft, attempt, choice.heldBack)
    return null
  }
  const number = numbers.of(choice.routed)
  const lineHash = access.use(choice.routed, number)
  const { provider, account, stop } = choice.routed
  const { channels, placeTimeoutMs } = provider.capabilities(account.settings, account.credentials)
  const can = channels[attempt.channel]
  attempt.status = 'placing'
  attempt.accountId = account.id
  attempt.provider = provider.name
  attempt.placingAt = draft.now
  setDue(draft, attempt.id, { at: claimEnds(draft.now, placeTimeoutMs), accountId: account.id, lineHash })
  draft.verification.attempts += 1
  record(draft, 'attempt.placing', {
    attempt: publicId('attempt', attempt.id),
    channel: attempt.channel,
    provider: provider.name,
    account: publicId('account', account.id),
  })
  toCalling(draft)
  // A code of a call that did not reach the phone, unknown to the client: this call brings another.
  if (bound === null) draft.verification.sealedCode = null
  const code =
    can?.codeOrigin === 'ours'
      ? (bound ?? newCode(draft, codeLengthOf(attempt.channel, can, account.settings), secrets))
      : null
  if (code) setCode(draft, attempt, code, secrets)
  if (number !== null && can?.pool) {
    const digits = can.codeLength.min
    setCode(draft, attempt, number.slice(-digits), secrets)
    attempt.codeChance = chanceOfOne(poolOf(can.pool.numbers, digits).endings)
  }
  const text = code && can?.text ? textOf(draft, can.text, code) : null
  if (isInbound(attempt)) takeTurn(draft, provider.name)
  const hasWebhook = publicUrl !== undefined && isInbound(attempt)
  const webhook = hasWebhook ? `${publicUrl}/v1/inbound/${secrets.webhookToken(attempt.id)}` : null
  const { phone } = draft.verification
  const { id, channel } = attempt
  const claimed = { attemptId: id, provider, account, stop, phone, channel, code, text, webhook }
  return number === null ? claimed : { ...claimed, callerId: number }
}

function textOf({ texts, now, verification }: Draft<ClaimNeed>, kind: TextKind, code: string): string {
  const { locale, phone, expiresAt } = verification
  const minutes = Math.max(1, Math.round((expiresAt.getTime() - now.getTime()) / 60_000))
  return textFor(texts, kind, { locale, phone, code, minutes })
}

/**
 * How long to wait for a resting account, from the first time that no other account was free, in
 * milliseconds.
 */
const REST_MS = 10_000
/** How much of a verification's lifetime must remain for a call and for typing its code, in milliseconds. */
const CALL_MS = 10_000

function waitsUntil({ now, verification }: Draft, { deadlineAt }: Attempt): { resting: Date; atLimit: Date } {
  const atLimit = new Date(verification.expiresAt.getTime() - CALL_MS)
  const resting = deadlineAt ?? new Date(now.getTime() + REST_MS)
  return { resting: resting < atLimit ? resting : atLimit, atLimit }
}

/**
 * No account can be asked, now or in time. The verification fails for the reason of the round's previous
 * call, or, without one, because no account could call.
 */
function endUnplaced(
  draft: Draft<'access' | 'costs'>,
  attempt: Attempt,
  heldBack: readonly HeldBack[],
): void {
  const before = draft.attempts.findLast((other) => other !== attempt && other.round === attempt.round)
  const why = draft.access.route.length === 0 ? 'no_route' : 'no_operator_available'
  const detail = before ? 'no other account can place a call' : UNPLACED[why]
  closeAttempt(draft, attempt, { status: 'failed', assumed: false, detail, heldBack })
  if (isStillOpen(draft)) return
  endStep(draft, before && why !== 'no_route' ? failureOf(before.status) : why)
}

const UNPLACED = {
  no_route: 'no account serves this phone',
  no_operator_available: 'no account could place a call',
}

/** Makes `code` a right code of the verification. Stores only its keyed hash, and the code sealed for a client that checks it. */
export function setCode(draft: Draft, attempt: Attempt, code: string, secrets: Secrets): void {
  const { verification } = draft
  attempt.codeHash = secrets.hashCode(verification.id, code)
  attempt.codeLength = code.length
  keepForClient(draft, attempt, code, secrets)
  verification.codeLength = code.length
  // An operator may change the length of its codes after the start.
  addLengths(verification, [code.length])
}

/** The attempt's code is that of another call after all. */
export function dropCode({ verification }: Draft, attempt: Attempt): void {
  attempt.codeHash = null
  // A client that knows the code keeps it: later calls carry it.
  if (verification.codeKnownAt === null) verification.sealedCode = null
}
