import { readAudit } from '../../audit/read.ts'
import { AuditTrail } from '../../audit/schemas.ts'
import { cancel } from '../../verifications/cancel.ts'
import { confirm } from '../../verifications/confirm.ts'
import { confirmByPhone } from '../../verifications/confirm-by-phone.ts'
import { prove } from '../../verifications/prove.ts'
import { get, list } from '../../verifications/read.ts'
import { retry } from '../../verifications/retry.ts'
import {
  ApprovedView,
  ConfirmByPhoneInput,
  ConfirmInput,
  ListQuery,
  ProofView,
  StartInput,
  VerificationDetailView,
  VerificationView,
} from '../../verifications/schemas.ts'
import { start } from '../../verifications/start.ts'
import { NoBody, pageOf } from '../common-schemas.ts'
import type { Mount } from '../spec.ts'

const tag = 'Verifications'

/** Verifications: start, look up, confirm, retry, cancel, audit. */
export function verificationRoutes(mount: Mount): void {
  mount(
    {
      method: 'post',
      path: '/v1/verifications',
      tag,
      operationId: 'startVerification',
      summary: 'Start a verification: the phone is called',
      description:
        'Committed when this answers; the call follows within a second. A live verification of the same phone and requester (`device`, else `client_ip`) is cancelled (`superseded`); those of other requesters live on, at most three for a phone.',
      scope: 'verify',
      body: StartInput,
      answers: {
        201: {
          description: 'Started.',
          schema: VerificationView,
          headers: { Location: 'Where the verification is.' },
        },
      },
      errors: ['insufficient_balance', 'destination_denied', 'rate_limited', 'phone_cooldown'],
    },
    async (context, { body }) => {
      const verification = await start(context, body)
      const headers = { location: `/v1/verifications/${verification.id}` }
      return { status: 201, headers, body: verification }
    },
  )

  mount(
    {
      method: 'get',
      path: '/v1/verifications',
      tag,
      operationId: 'listVerifications',
      summary: 'List verifications, newest first',
      scope: 'read',
      query: ListQuery,
      answers: { 200: { description: 'A page.', schema: pageOf(VerificationView, 'VerificationPage') } },
    },
    async (context, { query }) => ({ status: 200, body: await list(context, query) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/verifications/confirm',
      tag,
      operationId: 'confirmByPhone',
      summary: 'Submit the code that the user typed, by phone',
      description:
        'For the live verification of the phone: that of the same requester (`device`, else `client_ip`) first, then those of others. One check; a wrong one costs as many guesses as codes were compared. 404 where none is live. Act on this answer, for the session that submitted the code: the verification may have been started by another.',
      scope: 'verify',
      body: ConfirmByPhoneInput,
      answers: { 200: { description: 'Right: the phone is verified.', schema: ApprovedView } },
      errors: ['not_found', 'code_incorrect', 'checks_exhausted', 'guesses_exhausted', 'code_not_ready'],
    },
    async (context, { body }) => ({ status: 200, body: await confirmByPhone(context, body) }),
  )

  mount(
    {
      method: 'get',
      path: '/v1/verifications/{id}',
      tag,
      operationId: 'getVerification',
      summary: 'One verification with its attempts',
      scope: 'read',
      answers: { 200: { description: 'The verification.', schema: VerificationDetailView } },
    },
    async (context, { id }) => ({ status: 200, body: await get(context, { id }) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/verifications/{id}/confirm',
      tag,
      operationId: 'confirmVerification',
      summary: 'Submit the code that the user typed',
      scope: 'verify',
      body: ConfirmInput,
      answers: { 200: { description: 'Right: the phone is verified.', schema: ApprovedView } },
      errors: [
        'code_incorrect',
        'checks_exhausted',
        'guesses_exhausted',
        'verification_not_active',
        'verification_expired',
        'code_not_ready',
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
      summary: 'Call once more, through the next operator',
      description:
        'At most three times a verification, and 30 seconds after the last call. All its codes stay right.',
      scope: 'verify',
      body: NoBody,
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
    async (context, { id }) => ({ status: 202, body: await retry(context, { id }) }),
  )

  mount(
    {
      method: 'post',
      path: '/v1/verifications/{id}/cancel',
      tag,
      operationId: 'cancelVerification',
      summary: 'Cancel a verification',
      description: 'Its code stops working. A call that is already out rings all the same.',
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
      summary: 'Fetch the proof of an approved verification',
      description:
        'For ten minutes after the approval, as often as you like: for an answer that was lost, or for another part of your system.',
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
      method: 'get',
      path: '/v1/verifications/{id}/audit',
      tag,
      operationId: 'getVerificationAudit',
      summary: 'Everything that happened to a verification, oldest first',
      description:
        'Each event carries the hash of the one before: `chain` says whether all are there, unchanged.',
      scope: 'read',
      answers: { 200: { description: 'The events.', schema: AuditTrail } },
    },
    async (context, { id }) => ({ status: 200, body: await readAudit(context, { id }) }),
  )
}
