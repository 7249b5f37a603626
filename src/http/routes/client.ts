import { followOwn } from '../../client/events.ts'
import type { Hub } from '../../client/hub.ts'
import { forClient, readOwn } from '../../client/read.ts'
import type { ClientContext } from '../../context.ts'
import { AppError, type ErrorCode } from '../../errors.ts'
import { publicId } from '../../values/ids.ts'
import { drawCallTo } from '../../verifications/call-to.ts'
import { confirm } from '../../verifications/confirm.ts'
import { giveFeedback } from '../../verifications/feedback.ts'
import { next } from '../../verifications/next.ts'
import { retry } from '../../verifications/retry.ts'
import {
  ClientConfirmInput,
  ClientVerificationView,
  FeedbackInput,
  RetryInput,
} from '../../verifications/schemas.ts'
import { say } from '../../words/text.ts'
import { NoBody } from '../common-schemas.ts'
import { EVENTS_TYPE } from '../route.ts'
import type { Mount } from '../spec.ts'

const common = { tag: 'Browser and app', scope: 'client' as const }
const FORBIDDEN: ErrorCode[] = ['origin_not_allowed']
const AGAIN: ErrorCode[] = [
  ...FORBIDDEN,
  'attempt_in_progress',
  'verification_not_active',
  'rate_limited',
  'phone_cooldown',
  'destination_denied',
  'insufficient_balance',
]

/** What a user's browser or app may do with the token of its verification. */
export function clientRoutes(mount: Mount, hub: Hub): void {
  mount(
    {
      ...common,
      method: 'get',
      path: '/v1/client/verification',
      operationId: 'getOwnVerification',
      summary: 'Get the verification of the token',
      description: 'What the user may see: no reference, no metadata, no cost.',
      answers: { 200: { description: 'The verification.', schema: ClientVerificationView } },
      errors: FORBIDDEN,
    },
    async (context) => {
      const [own] = await readOwn(context, [uuidOf(context)])
      if (!own) throw new AppError('not_found', { detail: say('unknown_verification') })
      return { status: 200, body: own.view }
    },
  )

  mount(
    {
      ...common,
      method: 'get',
      path: '/v1/client/events',
      operationId: 'followOwnVerification',
      summary: 'Follow the verification of the token',
      description:
        'Server-sent events: an event `verification`, with the verification as its data, at once and after each change; a comment every 15 seconds. The stream ends with the final state. After a lost connection, send the last event’s id as `Last-Event-ID`. At most five streams per verification.',
      answers: { 200: { description: 'Server-sent events.', type: EVENTS_TYPE } },
      errors: FORBIDDEN,
    },
    async (context, { lastEventId }) => ({
      status: 200,
      headers: { 'content-type': `${EVENTS_TYPE}; charset=utf-8`, 'x-accel-buffering': 'no' },
      hand: await followOwn(context, hub, { id: uuidOf(context), lastEventId }),
    }),
  )

  mount(
    {
      ...common,
      method: 'get',
      path: '/v1/client/call-to.svg',
      operationId: 'getOwnCallToImage',
      summary: 'Get a QR code of the number to call',
      description: 'For a page that is read on another device than the phone. 404 while there is no number.',
      answers: { 200: { description: 'An SVG image.', type: 'image/svg+xml' } },
      errors: FORBIDDEN,
    },
    async (context) => ({
      status: 200,
      headers: { 'content-type': 'image/svg+xml' },
      text: await drawCallTo(context, { id: idOf(context) }),
    }),
  )

  mount(
    {
      ...common,
      method: 'post',
      path: '/v1/client/confirm',
      operationId: 'confirmOwnVerification',
      summary: 'Submit the code',
      description:
        'The response holds no proof: your back end gets it with its API key. Limits count the address that sends the request.',
      body: ClientConfirmInput,
      answers: { 200: { description: 'The code is correct.', schema: ClientVerificationView } },
      errors: [
        ...FORBIDDEN,
        'code_incorrect',
        'checks_exhausted',
        'guesses_exhausted',
        'verification_not_active',
        'verification_expired',
        'code_not_ready',
        'no_code_expected',
      ],
    },
    async (context, { body, address }) => {
      const { proof: _, ...approved } = await confirm(context, {
        ...body,
        id: idOf(context),
        client_ip: address() ?? undefined,
      })
      return { status: 200, body: forClient(approved) }
    },
  )

  mount(
    {
      ...common,
      method: 'post',
      path: '/v1/client/retry',
      operationId: 'retryOwnVerification',
      summary: 'Call the phone again, or use another channel',
      description: 'As soon as `retry_at` has passed. Earlier codes of the verification still count.',
      body: RetryInput,
      bodyOptional: true,
      answers: { 202: { description: 'The call is queued.', schema: ClientVerificationView } },
      errors: [...AGAIN, 'retry_too_soon'],
    },
    async (context, { body }) => ({
      status: 202,
      body: forClient(await retry(context, { ...body, id: idOf(context) })),
    }),
  )

  mount(
    {
      ...common,
      method: 'post',
      path: '/v1/client/next',
      operationId: 'nextOwnVerificationStep',
      summary: 'Begin the next step of the workflow now',
      description: 'For a user who does not want to wait; `next_channel` says what follows.',
      body: NoBody,
      bodyOptional: true,
      answers: { 202: { description: 'The step has begun.', schema: ClientVerificationView } },
      errors: [...AGAIN, 'no_next_channel'],
    },
    async (context) => ({ status: 202, body: forClient(await next(context, { id: idOf(context) })) }),
  )

  mount(
    {
      ...common,
      method: 'post',
      path: '/v1/client/feedback',
      operationId: 'giveOwnFeedback',
      summary: 'Report what the user says about the call',
      description: 'For the statistics, e.g. that no call came; it changes nothing else.',
      body: FeedbackInput,
      answers: { 204: { description: 'Noted.' } },
      errors: FORBIDDEN,
    },
    async (context, { body }) => {
      await giveFeedback(context, { ...body, id: idOf(context) })
      return { status: 204 }
    },
  )
}

/** The UUID of the token's verification. */
function uuidOf({ actor }: ClientContext): string {
  if (actor.type !== 'client') throw new Error('only a client token comes here')
  return actor.verificationId
}

const idOf = (context: ClientContext) => publicId('verification', uuidOf(context))
