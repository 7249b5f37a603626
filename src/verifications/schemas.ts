import { z } from '@hono/zod-openapi'
import { LIFETIME_SECONDS } from '../values/lifetimes.ts'
import { MoneyView } from '../values/money-schemas.ts'
import { page } from '../values/page-schemas.ts'
import { phone, phoneEnds } from '../values/phone-schemas.ts'
import { CHANNELS, VERIFICATION_STATUSES } from '../values/statuses.ts'
import { moment } from '../values/time-schemas.ts'
import { issue } from '../words/text.ts'
import { FAILURE_CODES } from './failure.ts'

const isAddress = z.union([z.ipv4(), z.ipv6()], { error: issue('address') })

/** PostgreSQL keeps neither a NUL nor half a surrogate pair. */
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed()
const ownText = (min: number, max: number) =>
  z.string().min(min).max(max).refine(isStorable, issue('not_storable'))

const typedCode = z.string().min(1).max(64).openapi({
  description: 'The last digits of the number that rang, or the whole number in any usual notation.',
  example: '2371',
})

/** Who the end user is, as far as the client knows. */
const REQUESTER = {
  client_ip: isAddress.optional().openapi({ description: 'The end user’s address, for limits.' }),
  device: ownText(1, 255).optional().openapi({
    description:
      'Your own opaque id of the user’s device or session; kept only as a keyed hash. Name it, or `client_ip`, in every start and confirm: then strangers cannot use up what is kept for the phone’s owner.',
  }),
} as const

/** Body of a start. */
export const StartInput = z
  .strictObject({
    phone,
    channel: z.enum(CHANNELS).default('flash_call'),
    ttl_seconds: z
      .int()
      .min(LIFETIME_SECONDS.min)
      .max(LIFETIME_SECONDS.max)
      .default(LIFETIME_SECONDS.default),
    max_checks: z.int().min(1).max(10).default(3),
    reference: ownText(1, 255).optional().openapi({ description: 'Your own id; searchable.' }),
    ...REQUESTER,
    metadata: z
      .record(ownText(1, 40), ownText(0, 500))
      .refine((value) => Object.keys(value).length <= 20, issue('too_many', { max: 20 }))
      .optional(),
  })
  .openapi('StartVerification')

export type StartInput = z.infer<typeof StartInput>

/** Body of a confirm. */
export const ConfirmInput = z.strictObject({ code: typedCode, ...REQUESTER }).openapi('ConfirmVerification')

export type ConfirmInput = z.infer<typeof ConfirmInput>

/** Body of a confirm by phone. */
export const ConfirmByPhoneInput = z
  .strictObject({
    phone,
    code: typedCode,
    reference: ownText(1, 255)
      .optional()
      .openapi({ description: 'Only the verification that was started with it.' }),
    ...REQUESTER,
  })
  .openapi('ConfirmByPhone')

export type ConfirmByPhoneInput = z.infer<typeof ConfirmByPhoneInput>

const time = z.string().openapi({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
const callerHint = z.object({ prefix: z.string(), length: z.int() }).nullable()

export const VerificationView = z
  .object({
    id: z.string().openapi({ example: 'ver_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    status: z.enum(VERIFICATION_STATUSES),
    phone: z.string(),
    channel: z.enum(CHANNELS),
    code_length: z.int().nullable(),
    caller_hint: callerHint,
    checks_left: z.int(),
    attempts: z.int(),
    created_at: time,
    expires_at: time,
    delivered_at: time.nullable(),
    completed_at: time.nullable(),
    failure: z
      .object({
        code: z.string().openapi({ description: `One of ${FAILURE_CODES.join(', ')}.` }),
        detail: z.string(),
      })
      .nullable(),
    reference: z.string().nullable(),
    metadata: z.record(z.string(), z.string()).nullable(),
    livemode: z.boolean(),
  })
  .openapi('Verification')

export type VerificationView = z.infer<typeof VerificationView>

export const AttemptView = z
  .object({
    id: z.string(),
    channel: z.string(),
    provider: z.string().nullable(),
    status: z.string(),
    caller_hint: callerHint,
    placed_at: time.nullable(),
    ended_at: time.nullable(),
    cost: MoneyView.nullable(),
  })
  .openapi('Attempt')

export const VerificationDetailView = VerificationView.extend({
  attempts_detail: z.array(AttemptView),
}).openapi('VerificationDetail')

export const ApprovedView = VerificationView.extend({
  proof: z
    .string()
    .openapi({ description: 'A compact JWS (EdDSA), to be checked with /.well-known/jwks.json.' }),
}).openapi('ApprovedVerification')

export const ProofView = z
  .object({ proof: ApprovedView.shape.proof, verification: VerificationView })
  .openapi('Proof')

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
