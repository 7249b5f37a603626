import { z } from '@hono/zod-openapi'
import { CHANNELS } from '../channels/channels.ts'
import { Workflow } from '../channels/workflow-schemas.ts'
import { FEEDBACK } from '../values/feedback.ts'
import { languageTag } from '../values/language-schemas.ts'
import { LIFETIME_SECONDS } from '../values/lifetimes.ts'
import { MoneyView } from '../values/money-schemas.ts'
import { page } from '../values/page-schemas.ts'
import { phone, phoneEnds } from '../values/phone-schemas.ts'
import { ATTEMPT_STATUSES, VERIFICATION_STATUSES } from '../values/statuses.ts'
import { ownText } from '../values/text-schemas.ts'
import { moment } from '../values/time-schemas.ts'
import { issue } from '../words/text.ts'
import { FAILURE_CODES } from './failure.ts'

const isAddress = z.union([z.ipv4(), z.ipv6()], { error: issue('address') })

const typedCode = z.string().min(1).max(64).openapi({
  description: 'The last digits of the calling number, or the whole number in any usual notation.',
  example: '2371',
})

/** The fields that identify the requester. */
const REQUESTER = {
  client_ip: isAddress.optional().openapi({ description: 'The end user’s IP address; limits count it.' }),
  device: ownText(1, 255).optional().openapi({
    description:
      'Your own opaque id for the user’s device or session; stored only as a keyed hash. Send it, or `client_ip`, with every start and confirm: strangers then cannot use up what is reserved for the phone’s owner.',
  }),
} as const

/** Body of a start. */
export const StartInput = z
  .strictObject({
    phone,
    channel: z.enum(CHANNELS).optional().openapi({
      description:
        'How to reach the phone. A channel without a route for the phone is refused (`destination_denied`); test keys have all. Without it and `workflow`, the policy’s `default_workflow`, else a flash call.',
    }),
    workflow: Workflow.optional().openapi({
      description:
        'Up to five channels to try in order; not together with `channel`. The next step begins when no account of the current one could reach the phone, or when its `wait_seconds` are over. The codes of all steps stay valid. A step whose channel has no route, or that a limit refuses, is skipped.',
      example: [{ channel: 'flash_call', wait_seconds: 30 }, { channel: 'sms' }],
    }),
    ttl_seconds: z
      .int()
      .min(LIFETIME_SECONDS.min)
      .max(LIFETIME_SECONDS.maxWithWorkflow)
      .default(LIFETIME_SECONDS.default)
      .openapi({
        description: `Lifetime of the verification, in seconds; at most ${LIFETIME_SECONDS.max} without a workflow.`,
      }),
    max_checks: z
      .int()
      .min(1)
      .max(10)
      .default(3)
      .openapi({ description: 'How many wrong codes lock the verification.' }),
    locale: languageTag.optional().openapi({
      description:
        'The user’s language, a BCP 47 tag: the text of an SMS or voice call is in it, or in its base language, if there is such a text; see `GET /v1/texts`.',
      example: 'en-GB',
    }),
    reference: ownText(1, 255)
      .optional()
      .openapi({ description: 'Your own id for the verification; lists can filter by it.' }),
    ...REQUESTER,
    metadata: z
      .record(ownText(1, 40), ownText(0, 500))
      .refine((value) => Object.keys(value).length <= 20, issue('too_many', { max: 20 }))
      .optional()
      .openapi({
        description:
          'Up to 20 of your own values, returned with the verification. Names have up to 40 characters, values up to 500.',
      }),
    client_token: z.boolean().optional().openapi({
      default: false,
      description:
        'Adds a `client_token` to the response, with which the user’s browser or app can follow and confirm this verification.',
    }),
  })
  .refine(({ channel, workflow }) => !channel || !workflow, {
    path: ['workflow'],
    error: issue('channel_or_workflow'),
  })
  .openapi('StartVerification')

export type StartInput = z.infer<typeof StartInput>

/** Body of a retry. */
export const RetryInput = z
  .strictObject({
    channel: z.enum(CHANNELS).optional().openapi({
      description:
        'Another channel. If it is that of a later step, the verification moves on to that step. Without it, the current channel.',
    }),
  })
  .openapi('RetryVerification')

export type RetryInput = z.infer<typeof RetryInput>

/** Body of a confirm. */
export const ConfirmInput = z.strictObject({ code: typedCode, ...REQUESTER }).openapi('ConfirmVerification')

export type ConfirmInput = z.infer<typeof ConfirmInput>

/** Body of a confirm by the user's browser or app. */
export const ClientConfirmInput = z.strictObject({ code: typedCode }).openapi('ClientConfirm')

/** Body of a confirm by phone. */
export const ConfirmByPhoneInput = z
  .strictObject({
    phone,
    code: typedCode,
    reference: ownText(1, 255)
      .optional()
      .openapi({ description: 'Considers only verifications started with this `reference`.' }),
    ...REQUESTER,
  })
  .openapi('ConfirmByPhone')

export type ConfirmByPhoneInput = z.infer<typeof ConfirmByPhoneInput>

const time = z.string().openapi({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
const timeOf = (description: string) => time.openapi({ description })
const callerHint = z
  .object({
    prefix: z.string().openapi({ description: 'The first digits of the calling number.', example: '+7495' }),
    length: z.int().openapi({ description: 'How many digits the number has.' }),
    masked: z.string().openapi({
      description: 'The number to show: `·` for each unknown digit, `•` for each digit of the code.',
      example: '+7 495 ···-••-••',
    }),
  })
  .nullable()
  .openapi({
    description:
      'Which number calls, without its code; null unless the operator or the account’s setting `caller` says so. For calls only.',
  })

const carrier = z
  .object({
    name: z.string().openapi({ description: 'As the operator names it.', example: 'MTS' }),
    mcc: z.string().nullable().openapi({ description: 'Mobile country code; null if not told.' }),
    mnc: z.string().nullable().openapi({ description: 'Mobile network code; null if not told.' }),
    source: z.string().openapi({ description: 'The provider that named it.', example: 'new-tel' }),
  })
  .nullable()
  .openapi({
    description: 'The network of the phone; null unless an operator names it, and once the phone is erased.',
  })

const callTo = z
  .object({
    number: z.string().openapi({ description: 'The number to call, in E.164.', example: '+74951234567' }),
    uri: z.string().openapi({ description: 'A link that dials it.', example: 'tel:+74951234567' }),
    display: z.string().openapi({ description: 'The number to show.', example: '+7 495 123 45 67' }),
    expires_at: timeOf('Until when a call approves.'),
  })
  .nullable()
  .openapi({
    description:
      'For `inbound_call`: the number that the user calls from the phone; the call is rejected before it is answered. The verification becomes `approved` once the operator reports it. Null until the operator has given a number, and after its time.',
  })

export const VerificationView = z
  .object({
    id: z.string().openapi({ example: 'ver_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    status: z.enum(VERIFICATION_STATUSES).openapi({
      description:
        '`pending`: queued; `calling`: an operator was asked to call, or waits for the phone’s call; `delivered`: the phone rang. The others are final.',
    }),
    phone: z.string().openapi({ description: 'E.164.', example: '+79243555100' }),
    channel: z.enum(CHANNELS).openapi({ description: 'The channel of the current step.' }),
    workflow: Workflow.nullable().openapi({ description: 'The steps; null without a workflow.' }),
    next_channel: z
      .enum(CHANNELS)
      .nullable()
      .openapi({ description: 'The channel of the next step; null if there is none.' }),
    next_at: timeOf('When the next step begins by itself; null: never.').nullable(),
    retry_at: timeOf(
      'When a retry is next allowed, as far as this verification is concerned; null: never.',
    ).nullable(),
    code_length: z
      .int()
      .nullable()
      .openapi({ description: 'How many digits the code has; null until it exists.' }),
    code_lengths: z.array(z.int()).openapi({
      description: 'All lengths that codes can have, known at the start; empty without a code.',
      example: [4, 5],
    }),
    caller_hint: callerHint,
    call_to: callTo,
    checked_by: z.enum(['service', 'client']).openapi({
      description:
        '`client`: it was started at a door for existing clients, whose client gets the code and compares it. It takes no confirm, and ends as `expired`.',
    }),
    checks_left: z.int().openapi({ description: 'How many more wrong codes lock the verification.' }),
    attempts: z.int().openapi({ description: 'How many calls were requested from operators.' }),
    created_at: time,
    expires_at: timeOf('When the verification expires unless it ends earlier.'),
    delivered_at: timeOf('When it became `delivered`.').nullable(),
    completed_at: timeOf('When it reached its final status.').nullable(),
    failure: z
      .object({
        code: z.string().openapi({ enum: [...FAILURE_CODES], description: 'The reason, for programs.' }),
        detail: z.string(),
      })
      .nullable()
      .openapi({ description: 'Why the verification failed or was superseded.' }),
    reference: z.string().nullable().openapi({ description: 'As sent with the start.' }),
    metadata: z.record(z.string(), z.string()).nullable().openapi({ description: 'As sent with the start.' }),
    livemode: z.boolean().openapi({ description: 'False for a verification started with a test key.' }),
  })
  .openapi('Verification')

export type VerificationView = z.infer<typeof VerificationView>

export const AttemptView = z
  .object({
    id: z.string(),
    channel: z.enum(CHANNELS),
    provider: z.string().nullable().openapi({ description: 'Null until an account is chosen.' }),
    status: z
      .string()
      .openapi({ enum: [...ATTEMPT_STATUSES], description: 'How the attempt stands, or how it ended.' }),
    caller_hint: callerHint,
    carrier,
    placed_at: timeOf('When the operator accepted the call.').nullable(),
    ended_at: timeOf('When the attempt ended.').nullable(),
    cost: MoneyView.nullable(),
  })
  .openapi('Attempt')

export const VerificationDetailView = VerificationView.extend({
  attempts_detail: z.array(AttemptView).openapi({ description: 'The attempts, oldest first.' }),
}).openapi('VerificationDetail')

export const StartedView = VerificationView.extend({
  client_token: z.string().optional().openapi({
    description:
      'Only with `"client_token": true`. Works until ten minutes after the end of the verification.',
    example: 'vct_EXAMPLE',
  }),
}).openapi('StartedVerification')

/** What a user's browser or app sees: nothing of the client's own back end. */
export const ClientVerificationView = VerificationView.omit({ reference: true, metadata: true }).openapi(
  'ClientVerification',
)

export type ClientVerificationView = z.infer<typeof ClientVerificationView>

export const ApprovedView = VerificationView.extend({
  proof: z
    .string()
    .openapi({ description: 'A compact JWS (EdDSA); verify it with the keys from /.well-known/jwks.json.' }),
}).openapi('ApprovedVerification')

export const ProofView = z
  .object({ proof: ApprovedView.shape.proof, verification: VerificationView })
  .openapi('Proof')

export const FeedbackInput = z
  .strictObject({
    reason: z.enum(FEEDBACK).openapi({
      description:
        '`no_call`: nothing rang or arrived. `other_number`: the number that rang does not end with the code. `marked_spam`: the phone showed the call as spam. `code_refused`: the user says that the code was right. `answered`: the user, or a voicemail, answered the call.',
    }),
  })
  .openapi('Feedback')

export const ListQuery = z
  .strictObject({
    status: z.enum(VERIFICATION_STATUSES).optional(),
    phone: phone.optional(),
    phone_ends: phoneEnds.optional(),
    reference: ownText(1, 255).optional(),
    from: moment.optional(),
    to: moment.optional(),
    ...page,
  })
  .refine((query) => !query.from || !query.to || query.from <= query.to, {
    path: ['from'],
    error: issue('after_to'),
  })

export type ListQuery = z.infer<typeof ListQuery>
