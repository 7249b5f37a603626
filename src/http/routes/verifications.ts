import { readAudit } from '../../audit/read.ts'
import { AuditTrail } from '../../audit/schemas.ts'
import { clientTokenOf } from '../../client/token.ts'
import { drawCallTo } from '../../verifications/call-to.ts'
import { cancel } from '../../verifications/cancel.ts'
import { confirm } from '../../verifications/confirm.ts'
import { confirmByPhone } from '../../verifications/confirm-by-phone.ts'
import { giveFeedback } from '../../verifications/feedback.ts'
import { next } from '../../verifications/next.ts'
import { prove } from '../../verifications/prove.ts'
import { get, list } from '../../verifications/read.ts'
import { retry } from '../../verifications/retry.ts'
import {
  ApprovedView,
  ConfirmByPhoneInput,
  ConfirmInput,
  FeedbackInput,
  ListQuery,
  ProofView,
  RetryInput,
  StartedView,
  StartInput,
  VerificationDetailView,
  VerificationView,
} from '../../verifications/schemas.ts'
import { start } from '../../verifications/start.ts'
import { NoBody, pageOf } from '../common-schemas.ts'
import type { Mount } from '../spec.ts'

const tag = 'Verifications'

/** Verifications: start, list, get, confirm, retry, next step, cancel, proof, feedback, audit. */
export function verificationRoutes(mount: Mount): void {
  mount(
    {
      method: 'post',
      path: '/v1/verifications',
      tag,
      operationId: 'startVerification',
      summary: 'Start a verification',
      description:
        'Commits the verification, responds, and calls the phone within a second. A live verification of the same phone and requester (`device`, or else `client_ip`) is cancelled (`superseded`); verifications of other requesters stay live, up to three per phone.',
      scope: 'verify',
      body: StartInput,
      answers: {
        201: {
          description: 'Started.',
          schema: StartedView,
          headers: { Location: 'The path of the verification.' },
        },
      },
      errors: [
        'insufficient_balance',
        'destination_denied',
        'denied_by_hook',
        'rate_limited',
        'phone_cooldown',
      ],
    },
    async (context, { body }) => {
      const verification = await start(context, body)
      const headers = { location: `/v1/verifications/${verification.id}` }
      if (!body.client_token) return { status: 201, headers, body: verification }
      const token = clientTokenOf(context, verification)
      return { status: 201, headers, body: { ...verification, client_token: token } }
    },
  )

  mount(
    {
      method: 'get',
      path: '/v1/verifications',
      tag,
      operationId: 'listVerifications',
      summary: 'List verifications, newest first',
      description: 'Filters combine. A test key lists test verifications only, a live key live ones.',
      scope: 'read',
      query: ListQuery,
      answers: {
        200: {
          description: 'A page of verifications.',
          schema: pageOf(VerificationView, 'VerificationPage'),
        },
      },
    },
    async (context, { query }) => ({ status: 200, body: await list(context, query) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/verifications/confirm',
      tag,
      operationId: 'confirmByPhone',
      summary: 'Confirm a verification by phone',
      description:
        'Checks the code against the live verifications of the phone: first the one of the same requester (`device`, or else `client_ip`), then those of others. Counts as one check; a wrong code costs guesses for every code it was compared with. 404 if no verification of the phone is live. Apply the result to the session that submitted the code: somebody else may have started the verification.',
      scope: 'verify',
      body: ConfirmByPhoneInput,
      answers: { 200: { description: 'The code is correct; the phone is verified.', schema: ApprovedView } },
      errors: [
        'not_found',
        'code_incorrect',
        'checks_exhausted',
        'guesses_exhausted',
        'code_not_ready',
        'no_code_expected',
      ],
    },
    async (context, { body }) => ({ status: 200, body: await confirmByPhone(context, body) }),
  )

  mount(
    {
      method: 'get',
      path: '/v1/verifications/{id}',
      tag,
      operationId: 'getVerification',
      summary: 'Get a verification and its attempts',
      description:
        'Its status, and each call or message with its outcome. To learn of changes, poll once a second while a person waits, or use webhooks.',
      scope: 'read',
      answers: { 200: { description: 'The verification.', schema: VerificationDetailView } },
    },
    async (context, { id }) => ({ status: 200, body: await get(context, { id }) }),
  )

  mount(
    {
      method: 'get',
      path: '/v1/verifications/{id}/call-to.svg',
      tag,
      operationId: 'getCallToImage',
      summary: 'Get a QR code of the number to call',
      description:
        'The `uri` of `call_to` as a QR code, for a user who reads your page on another device than the phone. 404 while there is no number.',
      scope: 'read',
      answers: { 200: { description: 'An SVG image.', type: 'image/svg+xml' } },
    },
    async (context, { id }) => {
      const headers = { 'content-type': 'image/svg+xml' }
      return { status: 200, headers, text: await drawCallTo(context, { id }) }
    },
  )

  mount(
    {
      method: 'post',
      path: '/v1/verifications/{id}/confirm',
      tag,
      operationId: 'confirmVerification',
      summary: 'Confirm a verification',
      description: 'Submits the code that the user typed.',
      scope: 'verify',
      body: ConfirmInput,
      answers: { 200: { description: 'The code is correct; the phone is verified.', schema: ApprovedView } },
      errors: [
        'code_incorrect',
        'checks_exhausted',
        'guesses_exhausted',
        'verification_not_active',
        'verification_expired',
        'code_not_ready',
        'no_code_expected',
      ],
    },
    async (context, { id, body }) => ({ status: 200, body: await confirm(context, { ...body, id }) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/verifications/{id}/retry',
      tag,
      operationId: 'retryVerification',
      summary: 'Call the phone again',
      description:
        'Places another call, through the next account of the route, or uses another channel. A verification can be retried three times, each time 30 seconds after the previous call. The codes of earlier calls stay valid.',
      scope: 'verify',
      body: RetryInput,
      bodyOptional: true,
      answers: { 202: { description: 'The call is queued.', schema: VerificationView } },
      errors: [
        'attempt_in_progress',
        'verification_not_active',
        'retry_too_soon',
        'rate_limited',
        'phone_cooldown',
        'destination_denied',
        'insufficient_balance',
      ],
    },
    async (context, { id, body }) => ({ status: 202, body: await retry(context, { ...body, id }) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/verifications/{id}/next',
      tag,
      operationId: 'nextVerificationStep',
      summary: 'Begin the next step of the workflow now',
      description:
        'For a user who cannot use the current channel. Steps that nothing can serve are skipped. If the current step reached the phone, it counts as a start in every limit. Codes of earlier steps stay valid.',
      scope: 'verify',
      body: NoBody,
      bodyOptional: true,
      answers: { 202: { description: 'The step has begun.', schema: VerificationView } },
      errors: [
        'no_next_channel',
        'attempt_in_progress',
        'verification_not_active',
        'rate_limited',
        'phone_cooldown',
        'destination_denied',
        'insufficient_balance',
      ],
    },
    async (context, { id }) => ({ status: 202, body: await next(context, { id }) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/verifications/{id}/cancel',
      tag,
      operationId: 'cancelVerification',
      summary: 'Cancel a verification',
      description: 'Its codes stop working. A call already placed still rings.',
      scope: 'verify',
      body: NoBody,
      bodyOptional: true,
      answers: { 200: { description: 'Cancelled.', schema: VerificationView } },
      errors: ['verification_not_active'],
    },
    async (context, { id }) => ({ status: 200, body: await cancel(context, { id }) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/verifications/{id}/proof',
      tag,
      operationId: 'proveVerification',
      summary: 'Get the proof of an approved verification',
      description:
        'Works as often as you like for ten minutes after approval: if the response to a confirm was lost, or from another part of your system.',
      scope: 'verify',
      body: NoBody,
      bodyOptional: true,
      answers: { 200: { description: 'The proof.', schema: ProofView } },
      errors: ['verification_not_approved', 'proof_expired'],
    },
    async (context, { id }) => ({ status: 200, body: await prove(context, { id }) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/verifications/{id}/feedback',
      tag,
      operationId: 'giveFeedback',
      summary: 'Report what the user says about the call',
      description:
        'Counted by `GET /v1/statistics` and kept in the audit. Possible at any time; each reason counts once.',
      scope: 'verify',
      body: FeedbackInput,
      answers: { 204: { description: 'Noted.' } },
    },
    async (context, { id, body }) => {
      await giveFeedback(context, { ...body, id })
      return { status: 204 }
    },
  )

  mount(
    {
      method: 'get',
      path: '/v1/verifications/{id}/audit',
      tag,
      operationId: 'getVerificationAudit',
      summary: 'Get the audit trail of a verification',
      description:
        'Every event, oldest first. Each carries the hash of the previous one; `chain` says whether the trail is complete and unchanged.',
      scope: 'read',
      answers: { 200: { description: 'The events.', schema: AuditTrail } },
    },
    async (context, { id }) => ({ status: 200, body: await readAudit(context, { id }) }),
  )
}
