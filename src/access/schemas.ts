import { z } from '@hono/zod-openapi'
import { SCOPES } from '../db/schema/tenants.ts'
import { moment } from '../values/time-schemas.ts'
import { issue } from '../words/text.ts'
import { readNetwork } from './key-networks.ts'

const name = z.string().trim().min(1).max(100)

const scopes = z
  .array(z.enum(SCOPES))
  .min(1)
  .transform((given) => SCOPES.filter((scope) => given.includes(scope)))
  .openapi({ type: 'array', items: { type: 'string', enum: [...SCOPES] }, example: ['verify', 'read'] })

const network = z
  .string()
  .max(64)
  .transform((text, context) => {
    const network = readNetwork(text.trim())
    if (network === null) context.addIssue(issue('network'))
    return network ?? z.NEVER
  })

const allowedNetworks = z
  .array(network)
  .max(50)
  .openapi({
    type: 'array',
    items: { type: 'string' },
    description: 'Networks (CIDR) that may use the key; empty: any network.',
    example: ['10.0.0.0/8'],
  })

const expiresAt = moment.refine((value) => value.getTime() > Date.now(), issue('in_past')).nullable()

export const CreateKeyInput = z
  .strictObject({
    tenant: z.string().max(64).optional().openapi({ description: 'Default: the caller’s own.' }),
    name,
    scopes,
    livemode: z.boolean().default(false).openapi({
      description: 'False: a test key, which calls the sandbox and changes nothing that live calls use.',
    }),
    allowed_networks: allowedNetworks.default([]),
    expires_at: expiresAt.default(null),
  })
  .openapi('CreateApiKey')

export type CreateKeyInput = z.infer<typeof CreateKeyInput>

export const UpdateKeyInput = z
  .strictObject({
    name: name.optional(),
    scopes: scopes.optional(),
    allowed_networks: allowedNetworks.optional(),
    expires_at: expiresAt.optional(),
  })
  .openapi('UpdateApiKey')

export type UpdateKeyInput = z.infer<typeof UpdateKeyInput>

/** Default overlap of a rotation: a day. */
export const OVERLAP_SECONDS = 86_400

export const RotateKeyInput = z
  .strictObject({
    overlap_seconds: z.int().min(0).max(604_800).default(OVERLAP_SECONDS).openapi({
      description: 'How long the old secret still works; 0 ends it at once.',
    }),
  })
  .openapi('RotateApiKey')

const time = z.string().openapi({ format: 'date-time' })

export const KeyView = z
  .object({
    id: z.string().openapi({ example: 'key_0193f2a4b6c87d1e9f0a1b2c3d4e5f60' }),
    tenant: z.string(),
    name: z.string(),
    hint: z.string().openapi({ description: 'The last four characters of the secret.' }),
    scopes: z.array(z.enum(SCOPES)),
    livemode: z.boolean(),
    allowed_networks: z.array(z.string()),
    expires_at: time.nullable(),
    last_used_at: time.nullable().openapi({ description: 'To the minute.' }),
    created_at: time,
  })
  .openapi('ApiKey')

export type KeyView = z.infer<typeof KeyView>

const secret = z.string().openapi({ description: 'The key itself, shown only in this answer.' })

export const NewKeyView = KeyView.extend({ secret }).openapi('NewApiKey')

export const RotatedKeyView = NewKeyView.extend({
  replaces: z.object({ id: z.string(), works_until: time }),
}).openapi('RotatedApiKey')
