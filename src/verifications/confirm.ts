import type { ClientContext } from '../context.ts'
import { AppError, invalid } from '../errors.ts'
import { addGuesses, GUESS_WINDOW_SECONDS, recentGuesses } from '../limits/phone-counters.ts'
import { digitsOf } from '../pasted.ts'
import type { Secrets } from '../secrets.ts'
import { changeOwn } from './change.ts'
import { liveCodes, rightCode } from './code.ts'
import { type Draft, record, type VerificationStatus } from './draft.ts'
import { presentVerification } from './present.ts'
import { signProof } from './proof.ts'
import type { VerificationView } from './schemas.ts'
import { approve, expire, isFinal, isOverdue, lockOut } from './state.ts'

export type CheckResult =
  | { kind: 'right'; verification: VerificationView }
  | { kind: 'wrong'; checksLeft: number }
  | { kind: 'exhausted' }
  | { kind: 'expired' }
  | { kind: 'final'; status: VerificationStatus }
  | { kind: 'no_code' }
  | { kind: 'too_short'; digits: number }
  | { kind: 'no_guesses'; limit: number; retryAfterSeconds: number }

/** Submits a code. Resolves only for the right one, once; everything else is an `AppError`. */
export async function confirm(context: ClientContext, input: { id: string; code: string }) {
  const digits = digitsOf(input.code)
  if (!digits) throw invalid('code', 'must be digits, or the number that rang')
  const decide = (draft: Draft) => check(draft, digits, context.secrets)
  const result = await changeOwn(context, input.id, decide, ['guesses'])
  if (result.kind !== 'right') throw refusal(result)
  const { verification } = result
  return { ...verification, proof: await signProof(context, verification) }
}

/** Counts one check and compares it. Checks that race each other come here one after another. */
export function check(draft: Draft, digits: string, secrets: Secrets): CheckResult {
  const { verification } = draft
  if (isOverdue(draft)) expire(draft)
  if (verification.status === 'expired') return { kind: 'expired' }
  if (isFinal(verification.status)) return { kind: 'final', status: verification.status }
  const codes = liveCodes(draft)
  if (codes.length === 0) return { kind: 'no_code' }
  const shortest = Math.min(...codes.map((code) => code.length))
  if (digits.length < shortest) return { kind: 'too_short', digits: shortest }
  const guesses = recentGuesses(draft)
  const { limit, isObserved } = guessLimit(draft)
  const isReached = limit !== null && guesses.length + codes.length > limit
  if (isReached && !isObserved) {
    return {
      kind: 'no_guesses',
      limit,
      // The last of the guesses that have to be forgotten before as many as there are codes fit in.
      retryAfterSeconds: untilForgotten(
        guesses[guesses.length + codes.length - limit - 1] ?? draft.now,
        draft.now,
      ),
    }
  }
  const breach = { rule: GUESSES_RULE, counter: guesses.length, threshold: limit }
  const observed = isReached ? { observed: [{ ...breach, window_seconds: GUESS_WINDOW_SECONDS }] } : {}
  const right = rightCode(draft, digits, codes, secrets)
  if (right) {
    record(draft, 'check.right', observed)
    approve(draft, right.attemptId)
    return { kind: 'right', verification: presentVerification(verification) }
  }
  addGuesses(draft, codes.length)
  verification.checksLeft -= 1
  record(draft, 'check.wrong', { checks_left: verification.checksLeft, guesses: codes.length, ...observed })
  if (verification.checksLeft > 0) return { kind: 'wrong', checksLeft: verification.checksLeft }
  lockOut(draft)
  return { kind: 'exhausted' }
}

const GUESSES_RULE = 'wrong_guesses_per_phone_day'

/** The policy's bound on wrong codes, null where there is none; an observed one is only audited. */
function guessLimit({ policy }: Draft): { limit: number | null; isObserved: boolean } {
  if (!policy) throw new Error('the change did not load the policy')
  const { observe, [GUESSES_RULE]: limit } = policy.policy
  return { limit, isObserved: observe.includes(GUESSES_RULE) }
}

function untilForgotten(oldest: Date, now: Date): number {
  return Math.max(1, Math.ceil((oldest.getTime() - now.getTime()) / 1000) + GUESS_WINDOW_SECONDS)
}

function refusal(result: Exclude<CheckResult, { kind: 'right' }>): AppError {
  switch (result.kind) {
    case 'wrong':
      return new AppError('code_incorrect', { extra: { checks_left: result.checksLeft } })
    case 'exhausted':
      return new AppError('checks_exhausted', { extra: { checks_left: 0, verification_status: 'locked' } })
    case 'expired':
      return new AppError('verification_expired', { extra: { verification_status: 'expired' } })
    case 'final':
      return notActive(result.status)
    case 'no_code':
      return new AppError('code_not_ready', {
        detail: 'The call has not been placed yet.',
        retryAfterSeconds: 1,
      })
    case 'too_short':
      return invalid('code', `must have at least ${result.digits} digits`)
    case 'no_guesses':
      return new AppError('guesses_exhausted', {
        retryAfterSeconds: result.retryAfterSeconds,
        rateLimit: {
          policy: GUESSES_RULE,
          limit: result.limit,
          windowSeconds: GUESS_WINDOW_SECONDS,
          remaining: 0,
        },
      })
  }
}

/** 409: the verification has ended. */
export function notActive(status: VerificationStatus): AppError {
  return new AppError('verification_not_active', {
    detail: `The verification is ${status}.`,
    extra: { verification_status: status },
  })
}
