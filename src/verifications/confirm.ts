import type { ClientContext } from '../context.ts'
import { AppError, invalid } from '../errors.ts'
import { WINDOW_SECONDS } from '../limits/phone-counters.ts'
import { requesterOf } from '../limits/requester.ts'
import { signProof } from '../signing/proof.ts'
import { digitsOf } from '../values/pasted.ts'
import type { VerificationStatus } from '../values/statuses.ts'
import { say } from '../words/text.ts'
import { changeOwn } from './change-own.ts'
import { type CheckResult, check } from './check.ts'
import type { ConfirmInput } from './schemas.ts'

/** Submits a code. Resolves once, for a right code; throws an `AppError` for everything else. */
export async function confirm(context: ClientContext, input: ConfirmInput & { id: string }) {
  const { secrets, actor } = context
  const digits = readDigits(input.code)
  const requester = requesterOf(secrets, actor.tenantId, input)
  const result = await changeOwn(context, input.id, {
    needs: ['guesses'],
    requester,
    decide: (draft) => check(draft, { digits, requester, secrets }),
  })
  return answerTo(context, result)
}

/** The digits of a submitted code. Throws 422 if it contains anything else or no digit. */
export function readDigits(code: string): string {
  const digits = digitsOf(code)
  if (!digits) throw invalid('code', 'code_digits')
  return digits
}

/**
 * The answer to a right code: the verification and its proof. Throws the matching error for any other result.
 */
export async function answerTo(context: ClientContext, result: CheckResult) {
  if (result.kind !== 'right') throw refusal(result)
  const { verification } = result
  return { ...verification, proof: await signProof(context, verification) }
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
      if (!result.expected) return new AppError('no_code_expected')
      return new AppError('code_not_ready', {
        detail: say('call_not_placed'),
        retryAfterSeconds: 1,
      })
    case 'too_short':
      return invalid('code', 'code_too_short', { digits: result.digits })
    case 'no_guesses':
      return new AppError('guesses_exhausted', {
        retryAfterSeconds: result.breach.retryAfterSeconds,
        rateLimit: {
          policy: result.breach.rule,
          limit: result.breach.threshold,
          windowSeconds: WINDOW_SECONDS,
          remaining: 0,
        },
      })
  }
}

/** A 409: the verification has ended. */
export function notActive(status: VerificationStatus): AppError {
  return new AppError('verification_not_active', {
    detail: say('verification_is', { status }),
    extra: { verification_status: status },
  })
}
