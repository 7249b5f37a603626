import { z } from '@hono/zod-openapi'
import { CHANNELS } from '../channels/channels.ts'
import { DELIVERY_STATUSES, DISABLED_REASONS } from '../db/schema/events.ts'
import { ownText } from '../values/text-schemas.ts'
import { TEST_TYPE, WEBHOOK_TYPES } from './types.ts'

const time = z.string().openapi({ format: 'date-time' })

const url = z.string().max(500).openapi({
  description:
    'Receives the events as POST requests. Must be on the public internet and start with https:// (in development also http:// and private addresses). A query is allowed, a user name and a fragment are not.',
  example: 'https://example.com/webhooks/ringproof',
})

const eventTypes = z
  .array(z.enum(WEBHOOK_TYPES))
  .min(1)
  .transform((given) => WEBHOOK_TYPES.filter((type) => given.includes(type)))
  .nullable()
  .openapi({
    type: ['array', 'null'],
    items: { type: 'string', enum: [...WEBHOOK_TYPES] },
    description:
      'The events to send; null: all. `account.*` and `finding.created` go to live endpoints of the first tenant only.',
    example: ['verification.approved'],
  })

const description = z.string().trim().max(200).nullable()

export const CreateEndpointInput = z
  .strictObject({
    url,
    event_types: eventTypes.default(null),
    description: description.default(null),
    enabled: z.boolean().default(true),
  })
  .openapi('CreateWebhookEndpoint')

export type CreateEndpointInput = z.infer<typeof CreateEndpointInput>

export const UpdateEndpointInput = z
  .strictObject({
    url: url.optional(),
    event_types: eventTypes.optional(),
    description: description.optional(),
    enabled: z.boolean().optional(),
  })
  .openapi('UpdateWebhookEndpoint')

export type UpdateEndpointInput = z.infer<typeof UpdateEndpointInput>

export const RotateSecretInput = z
  .strictObject({
    overlap_seconds: z.int().min(0).max(604_800).default(86_400).openapi({
      description: 'How long requests are also signed with the former secret; 0: not at all.',
    }),
  })
  .openapi('RotateWebhookSecret')

export const EndpointView = z
  .object({
    id: z.string().openapi({ example: 'whe_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    url: z.string(),
    event_types: z.array(z.enum(WEBHOOK_TYPES)).nullable(),
    description: z.string().nullable(),
    enabled: z.boolean(),
    disabled_reason: z.enum(DISABLED_REASONS).nullable().openapi({
      description:
        'Why Ringproof disabled it: `gone`: it answered 410; `failing`: every try of five days failed. Null if it is enabled, or was disabled by a request.',
    }),
    failing_since: time.nullable().openapi({ description: 'The first failed try since the last success.' }),
    former_secret_until: time.nullable().openapi({
      description: 'After a rotation: until when requests are also signed with the former secret.',
    }),
    livemode: z.boolean(),
    created_at: time,
    updated_at: time,
  })
  .openapi('WebhookEndpoint')

export type EndpointView = z.infer<typeof EndpointView>

const secret = z.string().openapi({
  description: 'Signs the requests. Shown only in this answer.',
  example: 'whsec_…',
})

export const NewEndpointView = EndpointView.extend({ secret }).openapi('NewWebhookEndpoint')

export type NewEndpointView = z.infer<typeof NewEndpointView>

export const DeliveryView = z
  .object({
    id: z.string().openapi({ example: 'whd_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    endpoint: z.string(),
    event: z.string().openapi({
      description: 'The audit event; the header `webhook-id` of every try.',
      example: 'evt_0193f2a4b6c87d1e9f0a1b2c3d4e5f60',
    }),
    type: z.enum([...WEBHOOK_TYPES, TEST_TYPE]),
    verification: z.string().nullable(),
    sequence: z.int().nullable(),
    status: z.enum(DELIVERY_STATUSES).openapi({
      description:
        '`waiting`: for its first or next try; `failed`: the last try failed; `cancelled`: the endpoint was deleted.',
    }),
    tries: z.int(),
    next_try_at: time.nullable().openapi({
      description: 'At the earliest: an earlier event of the verification goes first.',
    }),
    response_status: z.int().nullable().openapi({ description: 'The HTTP status of the last answer.' }),
    response_body: z.string().nullable().openapi({ description: 'The first 1024 bytes of the last answer.' }),
    milliseconds: z.int().nullable().openapi({ description: 'How long the last try took.' }),
    error: z.string().nullable().openapi({
      description:
        'Why there was no complete answer, e.g. `TIMEOUT`, `ECONNREFUSED`, `TARGET_REFUSED` (a private address).',
    }),
    created_at: time,
    last_try_at: time.nullable(),
    ended_at: time.nullable(),
  })
  .openapi('WebhookDelivery')

export type DeliveryView = z.infer<typeof DeliveryView>

/** What a start hook may answer; other members are ignored. */
export const HookReply = z.object({
  action: z.enum(['allow', 'deny']),
  channel: z.enum(CHANNELS).nullish(),
  reason: ownText(0, 255).nullish(),
})

export type HookReply = z.infer<typeof HookReply>
