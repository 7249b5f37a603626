import type { GenericEndpointContext } from 'better-auth'
import { APIError, getIP } from 'better-auth/api'
import type { PhoneNumberOptions } from 'better-auth/plugins/phone-number'
import {
  ChecksExhaustedError,
  CodeIncorrectError,
  CodeNotReadyError,
  DeniedByHookError,
  DestinationDeniedError,
  InvalidRequestError,
  NotFoundError,
  RateLimitedError,
  type Ringproof,
  type StartVerification,
} from 'ringproof'

type Context = GenericEndpointContext | undefined
type Requester = { device?: string; client_ip?: string }

export type RingproofOptions = {
  /** Added to each start: `channel` or `workflow`, `ttl_seconds`, … */
  start?: Omit<StartVerification, 'phone' | 'reference'>
  /**
   * Who asks, so that a stranger cannot lock out a phone's owner: best your own id of the user's device. By default
   * the address that better-auth sees (`advanced.ipAddress`).
   */
  requester?: (context: GenericEndpointContext) => Requester | Promise<Requester>
}

/** A code for one purpose is of no use for the other. */
const SIGN_IN = 'better-auth:sign-in'
const PASSWORD = 'better-auth:password'

const E164 = /^\+[1-9]\d{6,14}$/

/**
 * The options of better-auth's phone-number plugin that make Ringproof call the phone and check the code:
 * `phoneNumber({ ...byRingproof(ringproof), signUpOnVerification: … })`. better-auth's own code is not used. Phones
 * must be in E.164, so that one phone is one user.
 */
export function byRingproof(ringproof: Ringproof, { start, requester = byAddress }: RingproofOptions = {}) {
  const requesterOf = async (context: Context) => (context ? await requester(context) : {})

  async function call(phone: string, reference: string, context: Context): Promise<void> {
    try {
      await ringproof.verifications.start({ ...start, ...(await requesterOf(context)), phone, reference })
    } catch (error) {
      throw refusalOf(error)
    }
  }

  async function check(phone: string, code: string, reference: string, context: Context): Promise<boolean> {
    try {
      const input = { phone, code, reference, ...(await requesterOf(context)) }
      const approved = await ringproof.verifications.confirmByPhone(input)
      return approved.phone === phone
    } catch (error) {
      if (WRONG_CODE.some((type) => error instanceof type)) return false
      throw refusalOf(error)
    }
  }

  return {
    phoneNumberValidator: (phone) => E164.test(phone),
    sendOTP: ({ phoneNumber }, context) => call(phoneNumber, SIGN_IN, context),
    sendPasswordResetOTP: ({ phoneNumber }, context) => call(phoneNumber, PASSWORD, context),
    verifyOTP({ phoneNumber, code }, context) {
      const reference = context?.path === '/phone-number/reset-password' ? PASSWORD : SIGN_IN
      return check(phoneNumber, code, reference, context)
    },
  } satisfies PhoneNumberOptions
}

/** No live verification, too few digits, or a wrong code. */
const WRONG_CODE = [NotFoundError, InvalidRequestError, CodeIncorrectError, ChecksExhaustedError]

function byAddress({ request, headers, context }: GenericEndpointContext): Requester {
  const from = request ?? headers
  const address = from && getIP(from, context.options)
  return address ? { client_ip: address } : {}
}

/** What better-auth answers; anything unforeseen is its 500. */
function refusalOf(error: unknown): unknown {
  if (error instanceof RateLimitedError) {
    const { code, detail: message, retryAfterSeconds } = error
    const headers: Record<string, string> = {}
    if (retryAfterSeconds !== null) headers['retry-after'] = String(retryAfterSeconds)
    return new APIError('TOO_MANY_REQUESTS', { code: code.toUpperCase(), message }, headers)
  }
  if (error instanceof CodeNotReadyError) {
    return new APIError('CONFLICT', { code: 'CODE_NOT_READY', message: error.detail })
  }
  const isRefused = [InvalidRequestError, DestinationDeniedError, DeniedByHookError].some(
    (type) => error instanceof type,
  )
  if (!isRefused) return error
  return new APIError('BAD_REQUEST', {
    code: 'INVALID_PHONE_NUMBER',
    message: 'This number cannot be called.',
  })
}
